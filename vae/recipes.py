"""Whole configurations with a name: our own models, and those of five introductory articles.

The articles have the numbers 000 to 004. Their recipes are what the authors meant; some of what
they printed does not run or does not learn. Each such mistake is named beside the line that mends
it, and shown in `tests/test_mistakes.py`.
"""

from dataclasses import replace
from typing import Literal, NamedTuple

from vae.config import Config, ModelConfig, TrainConfig
from vae.errors import ConfigError

DEFAULT = "default"
Group = Literal["Ours", "Articles"]

# The map: exact likelihood and ELBO together, for a plane that explains digits and can be read.
# The exact part finds the sharp decoder, the ELBO keeps it smooth enough to be walked on, and the
# cells let the encoder follow it.
MAP = Config(
    ModelConfig(
        pixels="binarised",
        encoder="dense",
        encoder_widths=(1024, 512),
        head="cells",
        cells=2048,
        covariance="full",
        decoder="residual",
        decoder_widths=(512, 512, 512, 512),
        frequencies=128,
        lowest_frequency=0.3,
        highest_frequency=5.0,
    ),
    TrainConfig(
        validation=10_000,
        epochs=25,
        batch_size=500,
        objective="mixed",
        exact_share=0.7,
        lattice=4096,
        refit_epochs=4,
    ),
)

# The same map with a place for what people write and MNIST hardly has: other pens and slants, a 1
# with a flag or a foot, a slashed 0. docs/quality.md has what it gives.
HANDS = replace(
    MAP, train=replace(MAP.train, restyle=0.3, drawn=1500, refit_epochs=12, refit_restyle=0.7)
)

# The likelihood: the map's network with as many waves as it can use, trained by nothing but
# log p(x). The plane breaks into fragments; that is the price, and why it is not the default.
EXACT = Config(
    replace(MAP.model, frequencies=256, lowest_frequency=1.0, highest_frequency=30.0),
    replace(
        MAP.train,
        epochs=40,
        objective="exact",
        lattice=16_384,
        lattice_rise=0.5,
        augment=1.0,
        weight_decay=0.05,
        refit_epochs=6,
    ),
)

# A plain VAE, soon at a map worth looking at: large steps from the first epoch on, and the average
# of the weights, which shows at once what smaller steps would come to.
PLAIN = Config(train=TrainConfig(learning_rate=6e-3, learning_rate_rise=0.01, ema=0.99))

# scikit-learn's digits: a plain VAE in small batches. 1,437 images in batches of 250 or 500 make
# too few steps: the map's points stay together in a speck.
DIGITS = Config(train=TrainConfig(dataset="digits", epochs=50, batch_size=32))

# Article 000, "VAE optimisation, efficient training".
CONV = Config(
    ModelConfig(
        encoder="conv",
        encoder_channels=(32, 64),
        encoder_widths=(128,),
        # Printed with one layer for both mean and log-variance, which made them equal.
        head="gaussian",
        decoder="conv",
        decoder_widths=(128,),
        # Printed without stride and padding: 7×7 became 13×13, not 28×28.
        decoder_channels=(64, 32),
        activation="relu",
        # The squared error, summed: a Gaussian of variance ½. Printed as an average over pixels
        # against a summed KL, under which the posterior collapses.
        likelihood="gaussian",
        deviation=0.5**0.5,
    ),
    TrainConfig(
        epochs=10, batch_size=128, optimiser="adam", learning_rate=1e-3, schedule="constant"
    ),
)

# Article 001, "the art of encoding and decoding": any encoder with any decoder, and a KL weighted
# by β. The article names no pairing, and this one is as good as any other; `--encoder` and
# `--decoder` choose.
MODULAR = Config(
    ModelConfig(
        encoder="conv",
        encoder_channels=(16, 32),
        encoder_widths=(128,),
        decoder="dense",
        decoder_widths=(256, 256),
        activation="relu",
        # Both halves of the cross-entropy; printed without the one of (1 - x).
        likelihood="bernoulli",
    ),
    TrainConfig(
        epochs=10,
        batch_size=128,
        beta=2.0,
        optimiser="adam",
        learning_rate=1e-3,
        schedule="constant",
    ),
)

# Article 002, "the reparameterisation trick".
DENSE_SOFTPLUS = Config(
    ModelConfig(
        encoder="dense",
        encoder_widths=(128, 64),
        # The layer gives σ = softplus(·); printed, exp() was taken of it once more.
        scale="softplus",
        decoder="dense",
        # Printed with 2 outputs, the size of the plane, in the place of the image's 784.
        decoder_widths=(256, 128),
        activation="relu",
        likelihood="gaussian",
        deviation=0.5**0.5,
    ),
    TrainConfig(
        epochs=100,
        batch_size=128,
        # Printed, the loss that is compiled has no KL at all, and the wrong sign.
        objective="elbo",
        optimiser="adam",
        learning_rate=1e-3,
        schedule="constant",
    ),
)

# Article 003, "principle and code".
STRIDED_CONV = Config(
    ModelConfig(
        encoder="conv",
        encoder_channels=(32, 64),
        encoder_widths=(16,),
        decoder="conv",
        decoder_widths=(),
        # Two of the three layers have stride 2: 7×7 becomes 28×28. Printed with three: 63×63.
        decoder_channels=(64, 32),
        activation="relu",
        # Summed over pixels; printed as their average.
        likelihood="bernoulli",
    ),
    TrainConfig(
        epochs=25, batch_size=128, optimiser="rmsprop", learning_rate=1e-3, schedule="constant"
    ),
)

# Article 004, "autoencoders and VAEs": 100 numbers in [0, 1], which an image has at 10×10 pixels.
DENSE_100 = Config(
    ModelConfig(
        side=10,
        encoder="dense",
        encoder_widths=(128,),
        decoder="dense",
        # Fed from the sample of z; printed, from an input of its own.
        decoder_widths=(128,),
        activation="relu",
        likelihood="bernoulli",
    ),
    TrainConfig(
        epochs=100, batch_size=256, optimiser="rmsprop", learning_rate=1e-3, schedule="constant"
    ),
)


class Recipe(NamedTuple):
    """A configuration, and how it is told of to people; so are the committed models made by it."""

    title: str
    group: Group
    words: str  # one sentence
    takes: str  # to train, on one core
    config: Config


RECIPES = {
    DEFAULT: Recipe(
        "Best map",
        "Ours",
        "Sharp digits on a map that can be read.",
        "a few minutes",
        MAP,
    ),
    "hands": Recipe(
        "Map for other hands",
        "Ours",
        "The best map, with room for ways of writing that MNIST hardly has.",
        "ten minutes",
        HANDS,
    ),
    "exact": Recipe(
        "Best likelihood",
        "Ours",
        "The highest log p(x) of all, on a map in fragments.",
        "a quarter of an hour",
        EXACT,
    ),
    "plain": Recipe(
        "Plain VAE",
        "Ours",
        "A VAE for grey pixels, trained by the ELBO alone.",
        "a few minutes",
        PLAIN,
    ),
    "digits": Recipe(
        "Small digits",
        "Ours",
        "For scikit-learn's 1,797 images, which are always at hand.",
        "half a minute",
        DIGITS,
    ),
    "conv": Recipe(
        "Article 000: convolutions",
        "Articles",
        "Convolutions both ways, and the squared error.",
        "ten minutes",
        CONV,
    ),
    "modular": Recipe(
        "Article 001: mix and match",
        "Articles",
        "Convolutions in, dense layers out, the KL doubled.",
        "a minute",
        MODULAR,
    ),
    "dense-softplus": Recipe(
        "Article 002: dense, softplus",
        "Articles",
        "Dense layers; the encoder's spread is a softplus.",
        "a few minutes",
        DENSE_SOFTPLUS,
    ),
    "strided-conv": Recipe(
        "Article 003: strided convolutions",
        "Articles",
        "Convolutions that skip pixels, trained by RMSprop.",
        "a quarter of an hour",
        STRIDED_CONV,
    ),
    "dense-100": Recipe(
        "Article 004: dense, 10×10 pixels",
        "Articles",
        "Dense layers and very small digits.",
        "a minute",
        DENSE_100,
    ),
}


def recipe(name: str) -> Config:
    """The configuration of that name.

    Raises:
        ConfigError: if there is none.
    """
    if name not in RECIPES:
        raise ConfigError(f"recipe must be one of {', '.join(RECIPES)}, got {name!r:.60}.")
    return RECIPES[name].config
