"""Any picture of a digit, on its way to 28×28 pixels, and what a model infers from those.

`container` checks a file's headers and `picture` makes grey levels of it, in a `worker` that `pool`
keeps; `ink` finds the strokes, `image` draws them as MNIST does and `inference` asks a model: each
uses only those before it. Pages call the last two.
"""
