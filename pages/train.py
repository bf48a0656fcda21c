"""Train: make a model of your own and watch its map unfold.

The training is a process of its own. This page only reads what it leaves in its run directory, so
a refresh, a second tab or another visitor sees the same run.
"""

import time
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any, get_args

import streamlit as st

from pages.ui import address, charts, resources
from pages.ui.frame import explained, frame, link_to, plain
from pages.ui.glossary import explain
from pages.ui.training import sweeps
from vae import library
from vae.config import Config, TrainConfig
from vae.data import sets
from vae.errors import RunError
from vae.evaluate import unit
from vae.recipes import DEFAULT, RECIPES, recipe
from vae.training import flags, job, runs
from vae.training.runs import Run, RunState

PLAIN = {"displayModeBar": False}
ASKED = ("dataset", "epochs", "batch_size", "learning_rate", "beta", "device")
LABELS = {"beta": "Roundness of the map (β)"}  # of settings whose own name says little
NOTICED = 3.0  # seconds until a page that shows no training notices one that somebody has started


def main() -> None:
    """The page."""
    frame("Train")
    current = job.running()
    with explained():  # trouble is told below the settings, which may be folded up
        with st.expander("Settings", expanded=current is None):
            config = ask_for_a_run(ready=current is None)
        if config:
            job.start(config)
            st.rerun()
    if current:
        st.caption(
            f"{plain(current.name)} is being trained now, and there is room for one run at a time: "
            "to start another, wait until it is over, or stop it."
        )
    else:
        notice_a_start()
    with explained():
        watched = current or next(iter(runs.all_runs()), None)
        if watched:
            watch(watched)
    sweeps.show()


@st.fragment(run_every=NOTICED)
def notice_a_start() -> None:
    """Show a run that another visitor, or another tab, has started."""
    if job.running():
        st.rerun()


def ask_for_a_run(ready: bool) -> Config | None:
    """The recipe, its settings and the button.

    Args:
        ready: whether a run could start now.

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
    with st.form("settings"):
        columns = st.columns(3)
        settings = [setting for setting in fields(TrainConfig) if setting.name in ASKED]
        values = {
            setting.name: ask(setting, getattr(shown.train, setting.name), name, columns[index % 3])
            for index, setting in enumerate(settings)
        }
        announce(base)
        pressed = st.form_submit_button("Start", type="primary", disabled=not ready)
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


def watch(run: Run) -> None:
    """Follow a run while it lasts, then offer what it made."""
    over = run.state().over

    @st.fragment(run_every=None if over else 1.0)
    def follow() -> None:
        with explained():
            state = run.state()
            if state.over and not over:
                st.rerun()  # the whole page: the button to open the model, the settings again
            show_progress(run, state)
            show_epochs(run, state)

    follow()


def show_progress(run: Run, state: RunState) -> None:
    """How far it has come, and the way to end it or to open what it made."""
    left, *right = st.columns([5, 1.3] if state.over else [4, 1, 1.3], vertical_alignment="center")
    done = state.epoch / max(1, state.epochs)
    left.progress(done, f"**{plain(run.name)}** · {describe(run, state)}")
    if not state.over and right[0].button("Stop", key="stop", width="stretch"):
        job.stop(run)
        st.rerun()
    if run.name in library.checkpoints():
        with right[-1].container(key="onward"):
            link_to(address.EXPLORE, "Open in Explore", checkpoint=run.name)
    if state.phase == "failed":
        st.error(plain(state.message))


def describe(run: Run, state: RunState) -> str:
    """Where a run stands, in a line."""
    since = time.time() - state.changed
    whole = state.epochs - state.refit_epochs
    alone = f"{state.refit_epochs} of the encoder alone"
    if state.phase == "failed":
        return "failed"
    if state.phase == "scoring":
        return f"{plain(state.message)} · {duration(since)} · the model can be opened already"
    if state.phase in ("stopped", "downloading"):
        return plain(state.message)
    if state.phase == "finished":
        epochs = f"{whole} epochs" + (f" and {alone}" if state.refit_epochs else "")
        return f"finished: {epochs} in {duration(sum(e['seconds'] for e in run.history()))}"
    if state.epoch == 0:
        return "starting…" if state.phase == "starting" else "in its first epoch…"
    left = run.history()[-1]["seconds"] * (state.epochs - state.epoch) - since
    then = f", then {alone}" if state.refit_epochs and state.epoch <= whole else ""
    return f"{state.counted} done{then}: about {duration(max(0.0, left))} of training left"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def show_epochs(run: Run, state: RunState) -> None:
    """The curves and the map after the last finished epoch."""
    history = run.history()
    if not history:
        return
    last, config = history[-1], run.config()
    judge = "validation" if config.train.validation else "test"
    left, right = st.columns([3, 2], gap="large")  # the map is square
    left.markdown(
        f"{judge.capitalize()} ELBO **{last['held_elbo']:.2f}** {unit(config.model)}: "
        f"reconstruction {last['held_reconstruction']:.2f}, KL {last['held_kl']:.2f}",
        help=explain("ELBO", "reconstruction", "KL", "nats"),
    )
    left.plotly_chart(charts.curves(history, config.train, judge), key="curves", config=PLAIN)
    right.markdown("The test digits on the map", help=explain("latent space", "encoder"))
    with right, explained():
        st.plotly_chart(resources.last_plane(run), key="plane", config=PLAIN)
    with st.expander("The same run from the command line"):
        st.code("python -m vae train " + " ".join(flags.spell(run.config())), language="bash")


main()
