"""The configuration as command-line flags, and back: no default stands anywhere but in config."""

from argparse import ArgumentParser, Namespace
from dataclasses import Field, fields
from typing import Any, Literal, get_args, get_origin

from vae.config import Config, ModelConfig, Settings, TrainConfig


def add(parser: ArgumentParser) -> None:
    """Give a parser one flag for each setting."""
    for group in (ModelConfig, TrainConfig):
        section = parser.add_argument_group(group.title)
        for setting in fields(group):
            section.add_argument(
                _flag(setting),
                dest=setting.name,
                default=setting.default,
                help=f"{setting.metadata['help']} (default: {_words(setting.default)})",
                **_kind(setting),
            )


def parse(arguments: Namespace) -> Config:
    """The configuration that a parsed command line asks for."""
    return Config(_group(ModelConfig, arguments), _group(TrainConfig, arguments))


def spell(config: Config) -> list[str]:
    """The flags that ask for this configuration, leaving out what is the default."""
    flags: list[str] = []
    for group in (config.model, config.train):
        for setting in fields(group):
            value = getattr(group, setting.name)
            if value != setting.default:
                flags += [_flag(setting), *_words(value).split()]
    return flags


def _flag(setting: Field[Any]) -> str:
    return "--" + setting.name.replace("_", "-")


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _kind(setting: Field[Any]) -> dict[str, Any]:
    if get_origin(setting.type) is Literal:
        return {"choices": get_args(setting.type)}
    if get_origin(setting.type) is tuple:
        return {"type": int, "nargs": "+", "metavar": "N"}
    return {"type": setting.type, "metavar": "N" if setting.type is int else "X"}


def _group(group: type[Settings], arguments: Namespace) -> Any:
    return group.from_dict(
        {setting.name: getattr(arguments, setting.name) for setting in fields(group)}
    )
