"""A tour of the map in six steps, each of which waits until the visitor has done it."""
