"""Over the map of a run: how far it is, and what may be asked of it while it goes on."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from pages.ui import address
from pages.ui.frame import explained, link_to, plain
from pages.ui.glossary import explain
from pages.ui.state import session
from pages.ui.training.progress import describe
from vae import library
from vae.errors import ConfigError
from vae.training import control, job
from vae.training.control import Changeable, Wish
from vae.training.runs import Run, RunState

REFUSED = "refused"  # key of what was said of a setting that cannot be
EVERY = 1.0  # seconds between two looks at a run that goes on


class Dial(NamedTuple):
    """A setting that may be changed while a run goes on."""

    name: Changeable
    label: str
    help: str


DIALS = (
    Dial("learning_rate", "Learning rate", "The size of a step. It is changed from the next on."),
    Dial("beta", "β", explain("β")),
)


def show(run: Run) -> None:
    """Follow a run while it lasts, then offer what it made."""
    over = run.state().over

    @st.fragment(run_every=None if over else EVERY)
    def follow() -> None:
        with explained():
            state = run.state()
            if state.over and not over:
                st.rerun()  # the whole page: the button to open the model, the settings again
            show_line(run, state)

    follow()


def show_line(run: Run, state: RunState) -> None:
    """How far it has come, and all that may be asked of it, in one row."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="line"):
        done = state.epoch / max(1, state.epochs)
        st.progress(done, f"**{plain(run.title)}** · {describe(run, state)}")
        if job.may_change(run, session().token):  # what is not drawn, nobody can press
            show_controls(run, state)
        if run.name in library.checkpoints():
            with st.container(key="onward", width="content"):
                link_to(address.EXPLORE, "Open in Explore", checkpoint=run.name)
    if state.phase == "failed":
        st.error(plain(state.message))
    if state.phase == "training" and (words := st.session_state.get(REFUSED)):
        st.error(plain(words))


def show_controls(run: Run, state: RunState) -> None:
    """What may be asked by whoever started the run, and on one's own machine by anybody."""
    if state.phase == "training":
        show_laboratory(run, state)
    if not state.over and st.button("Stop", key="stop", icon=":material/stop:"):
        job.stop(run)
        st.rerun()
    if can_go_on(run, state) and st.button("Continue training", key="resume"):
        job.resume(run)
        st.rerun()


def can_go_on(run: Run, state: RunState) -> bool:
    """Whether a run has ended before it was done, and has left what it can go on from."""
    ended = state.phase in ("stopped", "failed") and state.epoch < state.epochs
    return ended and (run.folder / job.RESUME).is_file()


def show_laboratory(run: Run, state: RunState) -> None:
    """Pause, single steps, and the settings that may be changed meanwhile."""
    for dial in DIALS:
        turn(run, dial)
    ask_by_button(run, *(("continue", "Continue") if state.paused else ("pause", "Pause")))
    ask_by_button(run, "epoch", "One epoch", "Train to the end of this epoch, then pause.")
    ask_by_button(run, "batch", "One batch", "Train a single step, then pause.")


def ask_by_button(run: Run, what: Wish, label: str, words: str = "") -> None:
    """A button that asks something of the trainer."""
    icons = {"pause": ":material/pause:", "continue": ":material/play_arrow:"}
    icon = icons.get(what, ":material/skip_next:")
    if st.button(label, key=f"ask-{what}", icon=icon, help=words or None):
        control.ask(run.folder, what)


def turn(run: Run, dial: Dial) -> None:
    """A number that changes a setting as soon as it is another one."""
    made = [change.new for change in control.changes(run.folder) if change.name == dial.name]
    now = made[-1] if made else getattr(run.config().train, dial.name)
    # Another widget for each change, so that it starts with what holds now, whoever has set it.
    key = f"dial-{run.name}-{dial.name}-{len(made)}"
    value = st.number_input(
        dial.label,
        value=float(now),
        key=key,
        format="%g",
        step=now / 4 or 0.1,
        help=dial.help,
        width=150,
    )
    asked = f"{key}-asked"
    if value != st.session_state.get(asked, now):
        st.session_state[asked] = value
        change(run, dial, value)


def change(run: Run, dial: Dial, value: float) -> None:
    """Ask for another value of a setting, unless the configuration would refuse it."""
    try:
        replace(run.config().train, **{dial.name: value})
    except ConfigError as error:
        st.session_state[REFUSED] = str(error)
    else:
        st.session_state.pop(REFUSED, None)
        control.ask(run.folder, "set", dial.name, value)
