"""The configuration as command-line flags, and back: a recipe, and what is different from it."""

from argparse import ArgumentParser, Namespace
from dataclasses import Field, fields, replace
from typing import Any, Literal, get_args, get_origin

from vae.config import Config, ModelConfig, Settings, TrainConfig
from vae.recipes import DEFAULT, RECIPES, recipe


def add(parser: ArgumentParser) -> None:
    """Give a parser one flag for the recipe, and one for each setting that may differ from it."""
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help=f"what the other settings start from: {', '.join(RECIPES)} (default: {DEFAULT})",
    )
    add_settings(parser)


def add_settings(parser: ArgumentParser) -> None:
    """Give a parser one flag for each setting that may differ from a recipe."""
    for group in (ModelConfig, TrainConfig):
        section = parser.add_argument_group(group.title)
        for setting in fields(group):
            section.add_argument(
                _flag(setting),
                dest=setting.name,
                help=setting.metadata["help"],
                **_kind(setting),
            )


def parse(arguments: Namespace) -> Config:
    """The configuration that a parsed command line asks for.

    Raises:
        ConfigError: if a value is out of its bounds, or there is no such recipe.
    """
    base = recipe(DEFAULT if arguments.recipe is None else arguments.recipe)
    return Config(_group(base.model, arguments), _group(base.train, arguments))


def given(arguments: Namespace) -> list[str]:
    """The flags that a parsed command line has, of those that `add` adds."""
    settings = [setting for group in (ModelConfig, TrainConfig) for setting in fields(group)]
    found = [_flag(setting) for setting in settings if getattr(arguments, setting.name) is not None]
    return found if arguments.recipe is None else ["--recipe", *found]


def closest(config: Config) -> str:
    """The name of the recipe from which this configuration differs least."""
    return min(RECIPES, key=lambda name: len(_spell(config, name)))


def spell(config: Config) -> list[str]:
    """The fewest flags that ask for this configuration."""
    return _spell(config, closest(config))


def say(config: Config) -> tuple[str, list[str]]:
    """The title of the closest recipe, and each setting that differs from it with its value."""
    words: list[str] = []
    for flag in spell(config):
        if flag.startswith("--"):
            words.append(flag[2:].replace("-", " "))
        else:
            words[-1] += f" {flag}"
    told = [word for word in words if not word.startswith("recipe ")]
    return RECIPES[closest(config)].title, told


def _spell(config: Config, name: str) -> list[str]:
    flags = [] if name == DEFAULT else ["--recipe", name]
    base = recipe(name)
    for group, start in ((config.model, base.model), (config.train, base.train)):
        for setting in fields(group):
            value = getattr(group, setting.name)
            if value != getattr(start, setting.name):
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
        return {"type": int, "nargs": "*", "metavar": "N"}
    return {"type": setting.type, "metavar": "N" if setting.type is int else "X"}


def _group(base: Settings, arguments: Namespace) -> Any:
    asked = {
        setting.name: tuple(value) if isinstance(value, list) else value
        for setting in fields(base)
        if (value := getattr(arguments, setting.name)) is not None
    }
    return replace(base, **asked)
