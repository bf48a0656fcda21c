"""The live map, in JavaScript with a Python face; `component` mounts it, `pack` fills it."""
