"""The components of our own: one folder each, a Python face and its assets."""
