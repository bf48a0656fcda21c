"""The drawing pad, in JavaScript: strokes, their text, and their way to 28×28."""
