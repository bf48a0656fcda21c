"""Every setting: for the form, the command line and the checkpoint alike.

The defaults are those of a plain VAE; `vae.recipes` has whole configurations.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from vae.errors import ConfigError
from vae.glossary import TERMS

LATENT = 2  # The plane is the product: nothing here works in another number of dimensions.
SIDE = 28  # Images are SIDE × SIDE grey levels.
PIXELS = SIDE * SIDE
BOX = 20  # MNIST's digits lie in the middle BOX × BOX pixels
LARGEST = 2**26  # numbers in one table of a training step: a quarter of a gigabyte

EncoderName = Literal["dense", "conv"]
DecoderName = Literal["dense", "residual", "conv"]
ActivationName = Literal["gelu", "relu"]
HeadName = Literal["gaussian", "cells"]
ScaleName = Literal["log-variance", "softplus"]
CovarianceName = Literal["diagonal", "full"]
PixelsName = Literal["grey", "binarised"]
LikelihoodName = Literal["bernoulli", "continuous-bernoulli", "gaussian", "learnt-gaussian"]
ObjectiveName = Literal["elbo", "importance-weighted", "exact", "mixed"]
OptimiserName = Literal["adamw", "adam", "rmsprop"]
ScheduleName = Literal["one-cycle", "constant"]
DatasetName = Literal["mnist", "digits"]
DeviceName = Literal["auto", "cpu", "cuda", "mps"]
PrecisionName = Literal["auto", "fp32", "bf16"]
Whole = tuple[int, ...]


def number(default: float, low: float, high: float, words: str) -> Any:
    """A numeric setting with its bounds and one sentence that explains it."""
    return field(default=default, metadata={"low": low, "high": high, "help": words})


def whole(default: Whole, low: int, high: int, words: str, fewest: int = 1) -> Any:
    """A setting of up to eight whole numbers, each within the bounds."""
    bounds = {"low": low, "high": high, "fewest": fewest, "help": words}
    return field(default=default, metadata=bounds)


def choice(default: str, words: str) -> Any:
    """A setting that is one of the names in its type, with one sentence that explains it."""
    return field(default=default, metadata={"help": words})


@dataclass(frozen=True)
class Settings:
    """A frozen group of settings that checks itself.

    Raises:
        ConfigError: if a value has the wrong type or lies outside its bounds.
    """

    title: ClassVar[str] = "settings"

    def __post_init__(self) -> None:
        for setting in fields(self):
            _check(setting.name, getattr(self, setting.name), setting.type, setting.metadata)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """The inverse of `as_dict`, refusing names it does not know.

        Raises:
            ConfigError: if `values` is not a mapping of known names to allowed values.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(f"{cls.title} must be a set of names and values, got {values!r:.60}.")
        known = {setting.name for setting in fields(cls)}
        if unknown := set(values) - known:
            raise ConfigError(
                f"{cls.title} has no {', '.join(sorted(map(repr, unknown)))}; "
                f"it has {', '.join(sorted(known))}."
            )
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def _check(name: str, value: Any, kind: Any, bounds: Mapping[str, Any]) -> None:
    if isinstance(kind, type) and issubclass(kind, Settings):
        if not isinstance(value, kind):
            raise ConfigError(f"{name} must be {kind.title}, got {value!r:.60}.")
    elif get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ConfigError(
                f"{name} must be one of {', '.join(get_args(kind))}, got {value!r:.60}."
            )
    elif get_origin(kind) is tuple:
        fewest = bounds["fewest"]
        if not isinstance(value, tuple) or not fewest <= len(value) <= 8:
            raise ConfigError(f"{name} must be {fewest} to 8 numbers, got {value!r:.60}.")
        for item in value:
            _check_number(name, item, int, bounds)
    else:
        _check_number(name, value, kind, bounds)


def _check_number(name: str, value: Any, kind: type, bounds: Mapping[str, Any]) -> None:
    allowed = (int,) if kind is int else (int, float)
    low, high = bounds["low"], bounds["high"]
    # NaN fails the comparison, and True is an int to Python but not to a person.
    if isinstance(value, bool) or not isinstance(value, allowed) or not low <= value <= high:
        words = "a whole number" if kind is int else "a number"
        raise ConfigError(f"{name} must be {words} from {low:g} to {high:g}, got {value!r:.60}.")


@dataclass(frozen=True)
class ModelConfig(Settings):
    """What the network is: enough to rebuild its skeleton."""

    title: ClassVar[str] = "the model"

    side: int = number(SIDE, 4, SIDE, "Pixels along each side of the image the network sees.")
    pixels: PixelsName = choice(
        "grey", "grey: levels as they are. binarised: drawn black or white, anew at each step."
    )
    encoder: EncoderName = choice("dense", "How an image becomes features.")
    encoder_channels: Whole = whole(
        (32, 64), 1, 128, "Channels of each strided 3×3 convolution of a conv encoder."
    )
    encoder_widths: Whole = whole((512, 256), 4, 4096, "Units in each dense layer of the encoder.")
    head: HeadName = choice(
        "gaussian", "How features become a place: at once, or a cell of the plane first."
    )
    cells: int = number(2048, 16, 8192, "Cells that the head `cells` chooses among.")
    scale: ScaleName = choice("log-variance", "What the head gives for the width of the posterior.")
    covariance: CovarianceName = choice(
        "diagonal", "Whether the posterior's ellipse may lie aslant."
    )
    decoder: DecoderName = choice("residual", "How a place on the plane becomes an image.")
    decoder_widths: Whole = whole(
        (384, 384, 384, 384),
        4,
        4096,
        "Units in each dense layer, or residual block, of the decoder.",
        fewest=0,
    )
    decoder_channels: Whole = whole(
        (64, 32), 1, 128, "Channels of each transposed convolution of a conv decoder, but the last."
    )
    frequencies: int = number(
        0, 0, 1024, "Waves of z that a residual decoder sees beside z itself."
    )
    lowest_frequency: float = number(0.3, 0.01, 100.0, "Of the waves, in radians per unit of z.")
    highest_frequency: float = number(6.0, 0.01, 1000.0, "Of the waves, in radians per unit of z.")
    activation: ActivationName = choice("gelu", "The bend between two layers.")
    likelihood: LikelihoodName = choice("bernoulli", "What a decoded pixel says about a real one.")
    deviation: float = number(
        0.5**0.5,
        1 / 256,
        10.0,
        "Of a pixel under the fixed gaussian; √½ makes it the squared error.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decoder == "residual" and len(set(self.decoder_widths)) != 1:
            raise ConfigError(
                "decoder_widths of a residual decoder must be one number, repeated for each block, "
                f"got {self.decoder_widths}."
            )
        if self.pixels == "binarised" and self.likelihood != "bernoulli":
            raise ConfigError(
                f"likelihood must be bernoulli for binarised pixels, got {self.likelihood}."
            )
        if self.side * (SIDE // self.side) < BOX:
            raise ConfigError(
                f"side must divide {SIDE} or {BOX} pixels, or nearly: at {self.side} the edges of "
                f"the digit would be cut off. Take {SIDE}, 14, 10 or 7."
            )
        if self.lowest_frequency > self.highest_frequency:
            raise ConfigError(
                f"lowest_frequency must not be above highest_frequency, got "
                f"{self.lowest_frequency:g} and {self.highest_frequency:g}."
            )
        if self.decoder == "conv" and self.side % 2 ** len(self.decoder_channels):
            raise ConfigError(
                f"side must be a multiple of {2 ** len(self.decoder_channels)} for a conv decoder "
                f"with {len(self.decoder_channels)} channels, got {self.side}."
            )


@dataclass(frozen=True)
class TrainConfig(Settings):
    """How the network is trained."""

    title: ClassVar[str] = "the training"

    dataset: DatasetName = choice(
        "mnist", "MNIST: 60,000 digits. digits: scikit-learn's 1,797, always at hand."
    )
    validation: int = number(
        0, 0, 30_000, "Training images held back to judge by, so that the test is touched once."
    )
    epochs: int = number(25, 1, 1000, "Passes over the training images.")
    batch_size: int = number(250, 1, 10_000, "Images in each step.")
    objective: ObjectiveName = choice("elbo", "What is maximised; mixed is exact and elbo at once.")
    beta: float = number(1.0, 0.0, 100.0, TERMS["β"].sentence)
    warm_up: int = number(0, 0, 1000, "Epochs in which beta rises from zero.")
    samples: int = number(8, 1, 500, "Samples of z per image of the importance-weighted bound.")
    exact_share: float = number(0.7, 0.0, 1.0, "Weight of the exact likelihood when mixed.")
    lattice_start: int = number(1024, 1024, 65_536, "Points the exact likelihood starts with.")
    lattice: int = number(4096, 1024, 65_536, "Points the exact likelihood ends with.")
    lattice_rise: float = number(2 / 3, 0.0, 1.0, "Part of the run in which they double to that.")
    refit_epochs: int = number(0, 0, 1000, "Epochs of the encoder alone, after the others.")
    augment: float = number(0.0, 0.0, 1.0, "Share of images bent a little at first; falls to 0.")
    restyle: float = number(
        0.0, 0.0, 1.0, "Share of images as another pen draws them, at first; falls to 0."
    )
    refit_restyle: float = number(0.0, 0.0, 1.0, "The same in the epochs of the encoder alone.")
    drawn: int = number(
        0,
        0,
        100_000,
        "Digits drawn by code, in ways of writing that MNIST hardly has, beside them.",
    )
    optimiser: OptimiserName = choice("adamw", "How a gradient becomes a step.")
    learning_rate: float = number(2e-3, 1e-6, 1.0, "Largest step of the optimiser.")
    schedule: ScheduleName = choice("one-cycle", "How the step changes over the run.")
    learning_rate_rise: float = number(
        0.1, 0.0, 1.0, "Part of a one-cycle run in which the step rises to its largest."
    )
    weight_decay: float = number(1e-4, 0.0, 1.0, "Pull of the weights towards zero (adamw).")
    ema: float = number(
        0.0,
        0.0,
        0.9999,
        "Decay of the moving average of the weights, which is what is kept and shown; 0: none.",
    )
    seed: int = number(0, 0, 2**31 - 1, "The same seed on the same machine gives the same model.")
    device: DeviceName = choice("auto", "Where to compute; auto takes a GPU where there is one.")
    precision: PrecisionName = choice(
        "auto", "Arithmetic of the matrix products; auto takes bf16 where it is faster."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.refit_epochs and not self.validation:
            raise ConfigError(
                "refit_epochs needs validation images to choose the best epoch by: "
                "validation must be 1 or more, got 0."
            )
        if self.objective == "importance-weighted" and self.beta != 1:
            raise ConfigError(
                "beta must be 1 for the importance-weighted objective, which has no KL term to "
                f"weigh, got {self.beta:g}."
            )
        per_image = {"importance-weighted": self.samples * PIXELS, "elbo": 0}
        if self.batch_size * per_image.get(self.objective, self.lattice) > LARGEST:
            raise ConfigError(
                f"batch_size {self.batch_size} is too large for this objective's samples or "
                "lattice: take smaller batches, or fewer of them."
            )

    @property
    def all_epochs(self) -> int:
        """Those of the whole model and those of the encoder alone."""
        return self.epochs + self.refit_epochs


@dataclass(frozen=True)
class Config(Settings):
    """A whole run: what is trained, and how."""

    title: ClassVar[str] = "the configuration"

    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    @classmethod
    def from_dict(cls, values: object) -> "Config":
        """The inverse of `as_dict`."""
        if not isinstance(values, Mapping) or set(values) != {"model", "train"}:
            raise ConfigError("the configuration must have two parts, 'model' and 'train'.")
        return cls(ModelConfig.from_dict(values["model"]), TrainConfig.from_dict(values["train"]))
