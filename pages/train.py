"""Train: make a model of your own and watch its map unfold.

The training is a process of its own. This page only reads what it leaves in its run directory, so
a refresh, a second tab or another visitor sees the same run.
"""

import time
from dataclasses import fields, replace
from typing import Any, get_args

import streamlit as st

from pages.ui import charts, resources
from pages.ui.frame import explained, frame, plain
from pages.ui.state import session
from vae import library
from vae.config import TrainConfig
from vae.evaluate import unit
from vae.recipes import RECIPES, recipe
from vae.training import flags, job, runs
from vae.training.runs import Run, State

PLAIN = {"displayModeBar": False}
ASKED = ("dataset", "epochs", "batch_size", "learning_rate", "beta", "device")


def main() -> None:
    """The page."""
    frame("Train")
    st.markdown("Train a model of your own: the map redraws after every epoch.")
    current = job.running()
    with st.expander("Settings", expanded=current is None):
        ask_for_a_run()
    with explained():
        watched = current or next(iter(runs.all_runs()), None)
        if watched:
            watch(watched)


def ask_for_a_run() -> None:
    """The recipe, its settings and the button; whatever is wrong with them is said underneath."""
    name = st.selectbox(
        "Recipe",
        list(RECIPES),
        format_func=lambda name: f"{name}: {RECIPES[name].words}",
        help="A whole configuration with a name; what is set below is different from it. Five are "
        "the systems of introductory articles, numbered 000 to 004, as their authors meant them.",
        key="recipe",
    )
    base = recipe(name)
    with st.form("settings"):
        columns = st.columns(3)
        settings = [setting for setting in fields(TrainConfig) if setting.name in ASKED]
        values = {
            setting.name: ask(setting, getattr(base.train, setting.name), name, columns[place % 3])
            for place, setting in enumerate(settings)
        }
        pressed = st.form_submit_button("Start", type="primary")
    if not pressed:
        return
    with explained():
        job.start(replace(base, train=replace(base.train, **values)))
        st.rerun()


def ask(setting: Any, value: Any, base: str, column: Any) -> Any:
    """One setting as a widget. Bounds are the configuration's business, and it explains them.

    Args:
        value: what it is in the recipe `base`.
    """
    label, words = setting.name.replace("_", " ").capitalize(), setting.metadata["help"]
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


def show_progress(run: Run, state: State) -> None:
    """How far it has come, and the way to end it or to open what it made."""
    left, *right = st.columns([5, 1.3] if state.over else [4, 1, 1.3], vertical_alignment="center")
    left.progress(
        state.epoch / max(1, state.epochs), f"**{plain(run.name)}** · {words(run, state)}"
    )
    if not state.over and right[0].button("Stop", key="stop", width="stretch"):
        job.stop(run)
        st.rerun()
    if run.name in library.checkpoints() and right[-1].button(
        "Open in Explore", type="primary", key="open", width="stretch"
    ):
        session().open(run.name)
        st.switch_page("app.py")
    if state.phase == "failed":
        st.error(plain(state.message))


def words(run: Run, state: State) -> str:
    """Where a run stands, in a line."""
    if state.phase in ("failed", "stopped", "downloading", "scoring"):
        return plain(state.message)
    if state.phase == "finished":
        seconds = sum(entry["seconds"] for entry in run.history())
        return f"finished: {state.epochs} epochs in {duration(seconds)}"
    if state.epoch == 0:
        return "starting…" if state.phase == "starting" else "in its first epoch…"
    pace = run.history()[-1]["seconds"]
    left = pace * (state.epochs - state.epoch) - (time.time() - state.changed)
    return f"epoch {state.epoch} of {state.epochs} done, about {duration(max(0.0, left))} left"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def show_epochs(run: Run, state: State) -> None:
    """The curves and the map after the last finished epoch."""
    history = run.history()
    if not history:
        return
    last, config = history[-1], run.config()
    judge = "validation" if config.train.validation else "test"
    left, right = st.columns(2, gap="large")
    left.markdown(
        f"{judge.capitalize()} ELBO **{last['held_elbo']:.2f}** {unit(config.model)}: "
        f"reconstruction {last['held_reconstruction']:.2f}, KL {last['held_kl']:.2f}"
    )
    left.plotly_chart(charts.curves(history, state.epochs, judge), key="curves", config=PLAIN)
    right.markdown("The test set on the plane")
    with right, explained():
        st.plotly_chart(resources.last_plane(run), key="plane", config=PLAIN)
    with st.expander("The same run from the command line"):
        st.code("python -m vae train " + " ".join(flags.spell(run.config())), language="bash")


main()
