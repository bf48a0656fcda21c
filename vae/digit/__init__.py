"""Any picture of a digit, on its way to 28×28 pixels, and what a model infers from those.

`container` checks a file's headers, `picture` makes grey levels of it, `ink` finds the strokes and
`normalise` draws them as MNIST does, all three in a `worker` that `pool` keeps. `image` is what
pages call; `inference` asks a model. Each uses only those before it.
"""
