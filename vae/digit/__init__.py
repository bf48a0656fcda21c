"""Any picture of a digit, on its way to 28×28 pixels, and what a model infers from those.

`container` checks a file's headers, `picture` makes grey levels of it, `window` finds what is drawn
on in a screenshot, `ink` the strokes, `row` the digits of a number, and `normalise` draws them as
MNIST does, these five in a `worker` that `pool` keeps. `image` is what pages call; `inference` asks
a model. Each uses only those before it.
"""
