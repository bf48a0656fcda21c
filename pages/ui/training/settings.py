"""What to train: a recipe, and what is to be different from it."""

from contextlib import suppress
from dataclasses import fields, replace
from typing import Any, get_args

import streamlit as st

from pages.ui.glossary import explain
from vae.config import Config, TrainConfig
from vae.data import sets
from vae.errors import RunError
from vae.recipes import DEFAULT, RECIPES, recipe
from vae.training import flags, runs

ASKED = ("dataset", "epochs", "batch_size", "learning_rate", "beta", "device")
LABELS = {"beta": "Roundness of the map (β)"}  # of settings whose own name says little


def ask_for_a_run(ready: bool) -> Config | None:
    """The recipe, its settings and the button.

    Args:
        ready: whether a run could start now, and need not wait in line.

    Returns:
        What to train, once the button has been pressed.

    Raises:
        ConfigError: if a setting is out of its bounds.
    """
    closest, start = settings_to_start_from()
    name = st.selectbox(
        "Recipe",
        list(RECIPES),
        list(RECIPES).index(closest),
        format_func=spell_recipe,
        help="A whole configuration with a name; what is set below is different from it. Five are "
        "the systems of introductory articles, numbered 000 to 004, as their authors meant them.",
        key="recipe",
    )
    base = recipe(name)
    shown = start if name == closest else base
    with st.form("settings", border=False), st.container(horizontal=True, key="ask"):
        folded = st.expander("Settings") if ready else st.container()
        columns = folded.columns(3)
        settings = [setting for setting in fields(TrainConfig) if setting.name in ASKED]
        values = {
            setting.name: ask(setting, getattr(shown.train, setting.name), name, columns[index % 3])
            for index, setting in enumerate(settings)
        }
        with folded:
            announce(base)
        # Always the same button: whoever presses it a moment too late has pressed it all the same.
        pressed = st.form_submit_button("Start", type="primary")
    return replace(base, train=replace(base.train, **values)) if pressed else None


def spell_recipe(name: str) -> str:
    """A recipe in a line: what it is called here and on the command line, and what it makes."""
    title, _, words, takes, _ = RECIPES[name]
    return f"{title} ({name}): {words} Takes {takes}."


def settings_to_start_from() -> tuple[str, Config]:
    """The newest run's recipe and settings; without one, what works with the data on this disk."""
    with suppress(RunError):
        for run in runs.all_runs()[:1]:
            config = run.config()
            if sets.is_on_disk(config.train.dataset):
                return flags.closest(config), config
    name = DEFAULT if sets.is_on_disk("mnist") else "digits"
    return name, recipe(name)


def announce(base: Config) -> None:
    """What the settings do not say themselves."""
    if base.train.refit_epochs:
        st.caption(
            f"After these epochs come {base.train.refit_epochs} of the encoder alone.",
            help=explain("encoder"),
        )
    if not sets.is_on_disk("mnist"):
        st.caption("MNIST is not on this machine yet: a training on it downloads it first.")


def ask(setting: Any, value: Any, base: str, column: Any) -> Any:
    """One setting as a widget. Bounds are the configuration's business, and it explains them.

    Args:
        value: what it is in the recipe `base`.
    """
    label = LABELS.get(setting.name) or setting.name.replace("_", " ").capitalize()
    words = setting.metadata["help"]
    key = f"setting-{base}-{setting.name}"
    if choices := get_args(setting.type):
        return column.selectbox(label, choices, choices.index(value), help=words, key=key)
    if setting.type is int:
        return column.number_input(label, value=value, help=words, key=key)
    return column.number_input(
        label, value=float(value), format="%g", step=value / 4, help=words, key=key
    )
