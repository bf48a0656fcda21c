"""A variational autoencoder with two latent dimensions, from pixels to checkpoints."""
