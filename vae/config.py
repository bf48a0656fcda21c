"""Every setting and its only default: for the form, the command line and the checkpoint alike."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from vae.errors import ConfigError

LATENT = 2  # The plane is the product: nothing here works in another number of dimensions.
SIDE = 28  # Images are SIDE × SIDE grey levels.
PIXELS = SIDE * SIDE

EncoderName = Literal["mlp"]
DecoderName = Literal["mlp", "residual"]
LikelihoodName = Literal["bernoulli"]
DatasetName = Literal["mnist", "digits"]
DeviceName = Literal["auto", "cpu", "cuda", "mps"]
PrecisionName = Literal["auto", "fp32", "bf16"]


def number(default: float, low: float, high: float, words: str) -> Any:
    """A numeric setting with its bounds and one sentence that explains it."""
    return field(default=default, metadata={"low": low, "high": high, "help": words})


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
            raise ConfigError(f"{name} must be one of {', '.join(get_args(kind))}, got {value!r}.")
    elif get_origin(kind) is tuple:
        if not isinstance(value, tuple) or not 1 <= len(value) <= 8:
            raise ConfigError(f"{name} must be one to eight numbers, got {value!r:.60}.")
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

    encoder: EncoderName = choice("mlp", "How an image becomes a place on the plane.")
    encoder_widths: tuple[int, ...] = number(
        (512, 256),  # pyright: ignore[reportArgumentType]
        4,
        2048,
        "Units in each hidden layer of the encoder.",
    )
    decoder: DecoderName = choice("residual", "How a place on the plane becomes an image.")
    decoder_width: int = number(384, 4, 2048, "Units in each hidden layer of the decoder.")
    decoder_depth: int = number(4, 1, 16, "Hidden layers, or residual blocks, of the decoder.")
    likelihood: LikelihoodName = choice("bernoulli", "What a decoded pixel says about a real one.")


@dataclass(frozen=True)
class TrainConfig(Settings):
    """How the network is trained."""

    title: ClassVar[str] = "the training"

    dataset: DatasetName = choice(
        "mnist", "MNIST: 60,000 digits. digits: scikit-learn's 1,797, always at hand."
    )
    epochs: int = number(25, 1, 1000, "Passes over the training images.")
    batch_size: int = number(250, 1, 10_000, "Images in each step.")
    learning_rate: float = number(2e-3, 1e-6, 1.0, "Largest step of the optimiser (AdamW).")
    weight_decay: float = number(1e-4, 0.0, 1.0, "Pull of the weights towards zero.")
    beta: float = number(1.0, 0.0, 100.0, "Weight of the KL term; 1 is the evidence lower bound.")
    seed: int = number(0, 0, 2**31 - 1, "The same seed on the same machine gives the same model.")
    device: DeviceName = choice("auto", "Where to compute; auto takes a GPU where there is one.")
    precision: PrecisionName = choice(
        "auto", "Arithmetic of the matrix products; auto takes bf16 where it is faster."
    )


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
