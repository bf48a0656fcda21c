"""The terms that a visitor meets, one sentence each: nowhere else are they explained.

For who has never met a VAE, and right by a textbook (Kingma & Welling 2019, arXiv:1906.02691; Cover
& Thomas 2006 for nats and the KL). Pages show them where a term stands; so does the browser's side,
which has them from `pages.ui.glossary`.
"""

from typing import NamedTuple


class Term(NamedTuple):
    """A term: its sentence, and the other words that texts have for it."""

    sentence: str
    forms: tuple[str, ...] = ()


TERMS = {
    "encoder": Term(
        "The half of the network that looks at a picture and says where on the map it belongs, and "
        "how sure it is of that.",
        ("encoders",),
    ),
    "decoder": Term(
        "The half of the network that takes a place on the map and draws the picture that belongs "
        "there.",
        ("decoders",),
    ),
    "latent space": Term(
        "The map itself: each place on this plane is two hidden numbers, z1 and z2, and they are "
        "all that the decoder needs to draw a picture.",
        ("latent plane", "plane"),
    ),
    "prior": Term(
        "Where the model expects a digit to lie before it has seen any picture: a round hill of "
        "probability, highest in the middle of the map.",
    ),
    "posterior": Term(
        "Where on the map a picture may lie once it has been seen: the true posterior weighs every "
        "place, and the encoder's guess at it is an ellipse.",
        ("posteriors",),
    ),
    "nats": Term(
        "The unit of surprise: one nat is 1.44 bits, and on the best map nine test digits in ten "
        "cost between 45 and 185 nats.",
        ("nat",),
    ),
    "KL": Term(
        "How far the encoder's guess for a picture is from the prior, in nats: what it costs to "
        "say where on the map the picture lies.",
    ),
    "ELBO": Term(
        "Evidence lower bound: minus the sum of the reconstruction's cost and the KL, a floor that "
        "log p(x) never falls below, and what most VAEs are trained to raise.",
    ),
    "log p(x)": Term(
        "How probable the model finds a picture, as a logarithm in nats, added up over the whole "
        "map and so exact: the higher, the better.",
        ("exact log p(x)",),
    ),
    "reconstruction": Term(
        "The picture that comes back from the decoder; as a cost, how many nats of surprise the "
        "original still has for who knows only its place.",
        ("reconstructions",),
    ),
    "percentile": Term(
        "How many of a hundred lie below: at the 90th percentile of the prior, 90 draws from it in "
        "100 are smaller.",
        ("percentiles",),
    ),
    "β": Term(
        "How strongly the map is kept round: the weight of the KL in training, where 1 gives the "
        "ELBO and more trades sharp pictures for order.",
        ("beta",),
    ),
}
