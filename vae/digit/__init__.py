"""Any picture of a digit, on its way to 28×28 pixels, and what a model infers from those."""
