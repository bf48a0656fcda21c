"""The parts of the page on which models are trained."""
