"""What a sweep searches: a range for each setting, around the recipe's own value."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any, NamedTuple, get_origin

from vae.config import Config, ModelConfig, TrainConfig
from vae.errors import ConfigError

# What is searched unless --search says otherwise: from the recipe's value divided by this factor to
# its value times it, evenly in logarithms. Of several layers the first is searched, and the others
# keep their proportion to it.
AROUND = {
    "learning_rate": 4.0,
    "beta": 4.0,
    "batch_size": 2.0,
    "encoder_widths": 2.0,
    "encoder_channels": 2.0,
    "decoder_widths": 2.0,
    "decoder_channels": 2.0,
}
# Trials that differ in one of these could not be compared with each other.
FIXED = ("deviation", "epochs", "refit_epochs", "seed", "side", "validation")
SPELLING = re.compile(r"(?P<name>[\w-]+)=(?P<low>[^:]+):(?P<high>[^:]+?)(?P<log>:log)?")


class Range(NamedTuple):
    """Where a setting is searched, ends included."""

    low: float
    high: float
    log: bool  # evenly in logarithms

    def __str__(self) -> str:
        return f"{self.low:g}:{self.high:g}" + (":log" if self.log else "")


def read(words: Sequence[str], config: Config) -> dict[str, Range]:
    """The ranges around a configuration, with those that a command line has in their place.

    Args:
        words: `NAME=LOW:HIGH` or `NAME=LOW:HIGH:log` each.

    Raises:
        ConfigError: if one has another form, names no setting that can be searched, or has an end
            that the setting cannot have.
    """
    return around(config) | dict(_read(word, config) for word in words)


def around(config: Config) -> dict[str, Range]:
    """The ranges around a configuration, of the settings that matter to it."""
    found: dict[str, Range] = {}
    for name, factor in AROUND.items():
        middle = start(config, name)
        if middle and matters(config, name):
            bounds = _settings()[name].metadata
            low, high = max(middle / factor, bounds["low"]), min(middle * factor, bounds["high"])
            found[name] = Range(low, high, True) if not is_whole(name) else _whole(low, high)
    return found


def matters(config: Config, name: str) -> bool:
    """Whether a setting changes anything under this configuration."""
    if name == "beta":  # the other objectives have no KL, or none that may be weighed
        return config.train.objective in ("elbo", "mixed")
    if name in ("encoder_channels", "decoder_channels"):
        return getattr(config.model, name.split("_")[0]) == "conv"
    return True


def _whole(low: float, high: float) -> Range:
    return Range(math.ceil(low), math.floor(high), True)


def _read(word: str, config: Config) -> tuple[str, Range]:
    match = SPELLING.fullmatch(word)
    if not match:
        raise ConfigError(
            "--search must be NAME=LOW:HIGH or NAME=LOW:HIGH:log, such as "
            f"learning_rate=1e-4:1e-2:log, got {word[:60]!r}."
        )
    name = match["name"].replace("-", "_")
    _refuse(name, config)
    low, high = (_number(name, match[end]) for end in ("low", "high"))
    if low > high or (match["log"] and low <= 0):
        raise ConfigError(
            f"--search {name} must have its lower end first, and above zero where :log is, "
            f"got {word[:60]!r}."
        )
    for end in (low, high):
        apply(config, {name: end})  # the setting's own bounds, in its own words
    return name, Range(low, high, bool(match["log"]))


def _refuse(name: str, config: Config) -> None:
    known = sorted(set(_settings()) - set(FIXED))
    if name in FIXED:
        raise ConfigError(
            f"{name} cannot be searched: trials that differ in it could not be compared. "
            "Set it for all of them by its own flag."
        )
    if name not in known:
        raise ConfigError(
            f"There is no setting {name[:40]!r} to search; there is {', '.join(known)}."
        )
    if start(config, name) is None:
        raise ConfigError(f"{name} is empty in this recipe, so there is nothing to search.")


def _number(name: str, text: str) -> float:
    try:
        value = int(text) if is_whole(name) else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        kind = "whole numbers" if is_whole(name) else "numbers"
        raise ConfigError(f"--search {name} must have two {kind}, got {text[:40]!r}.")
    return value


def _settings() -> dict[str, Field[Any]]:
    """The settings that are numbers, by name."""
    everything = [*fields(ModelConfig), *fields(TrainConfig)]
    return {each.name: each for each in everything if "low" in each.metadata}


def is_whole(name: str) -> bool:
    """Whether a setting's value is a whole number, or several."""
    kind = _settings()[name].type
    return kind is int or get_origin(kind) is tuple


def start(config: Config, name: str) -> float | None:
    """A setting's own value in a configuration; of several layers the first, if there is one."""
    value = getattr(_group(config, name), name)
    if isinstance(value, tuple):
        return value[0] if value else None
    return value


def _group(config: Config, name: str) -> ModelConfig | TrainConfig:
    return config.model if hasattr(config.model, name) else config.train


def apply(config: Config, values: Mapping[str, float]) -> Config:
    """A configuration with other values; layers keep their proportions to the first.

    Raises:
        ConfigError: if the settings do not go together.
    """
    model, train = {}, {}
    for name, value in values.items():
        group = model if hasattr(config.model, name) else train
        group[name] = _value(config, name, value)
    return Config(replace(config.model, **model), replace(config.train, **train))


def _value(config: Config, name: str, value: float) -> Any:
    before, bounds = getattr(_group(config, name), name), _settings()[name].metadata
    if isinstance(before, tuple):
        rest = (round(width * value / before[0]) for width in before[1:])
        return (int(value), *(min(max(one, bounds["low"]), bounds["high"]) for one in rest))
    # Four digits: what people read in the table is what was trained.
    return int(value) if is_whole(name) else float(f"{value:.4g}")
