"""Data sets as uint8 tensors, the files they are read from, and pixels as a network sees them."""
