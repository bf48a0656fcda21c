"""The machine: a model as a row of parts, from the image that goes in to the one that comes out."""
