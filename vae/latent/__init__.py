"""What is known of the latent plane of a trained model: every view of its two dimensions.

Decoded grids, fields, densities, paths, samples, codes of points, and pictures of all that.
"""
