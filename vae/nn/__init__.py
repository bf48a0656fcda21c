"""Parts of the network: encoders, posterior heads, decoders and likelihoods.

`vae.model` puts them together.
"""
