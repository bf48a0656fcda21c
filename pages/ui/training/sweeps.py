"""The trials of a sweep: which settings were tried, and what came of each.

A sweep is started from the command line. This page only reads the file of trials that its workers
leave, once for all visitors whenever that changes.
"""

from pathlib import Path

import streamlit as st

from pages.ui import address
from pages.ui.frame import link_to, plain
from pages.ui.glossary import explain
from pages.ui.training import parallel
from vae import library
from vae.errors import RunError
from vae.sweep import trials
from vae.sweep.trials import Sweep, Trial
from vae.training import runs

NOTICED = 3.0  # seconds until what a worker has told is seen
PLAIN = {"displayModeBar": False}
HOW = (
    "Each line is a trial: through the settings that were tried, to the ELBO on the validation "
    "images that came of them. Drag along an axis to keep only the lines that pass there."
)


def show() -> None:
    """A sweep, where there is one; of several the visitor chooses, and the newest comes first."""
    files = trials.all_sweeps()
    if not files:
        return
    st.markdown("#### Sweeps", help=explain("ELBO", "nats", "β"))
    name, *others = files
    if others:
        name = st.selectbox("Sweep", list(files), key="sweep", label_visibility="collapsed") or name
    follow(files[name])


def follow(path: Path) -> None:
    """Show a sweep, and what changes in it while it goes on."""
    found = read(path)

    @st.fragment(run_every=NOTICED if isinstance(found, Sweep) and is_going_on(found) else None)
    def draw() -> None:
        latest = read(path)
        if isinstance(latest, Sweep):
            show_sweep(latest)
        elif latest:
            st.error(plain(latest))

    draw()


def read(path: Path) -> Sweep | str:
    """A sweep, or why it cannot be read; nothing if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return _read(str(path), found.st_mtime_ns, found.st_ino, found.st_size)


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(path: str, changed: int, place: int, size: int) -> Sweep | str:
    try:
        return trials.read(Path(path))
    except RunError as error:  # kept too: a damaged file is not read again at every look
        return str(error)


def is_going_on(sweep: Sweep) -> bool:
    """Whether any of its trials is being trained, by a process that lives."""
    trained = {trial.run for trial in sweep.trials if trial.state == "training"}
    return bool(trained and trained & _living())


def _living() -> set[str]:
    return {run.name for run in runs.all_runs() if not run.state().over}


def show_sweep(sweep: Sweep) -> None:
    """How far it has come, the plot, the table, and the way to the best trial."""
    best = sweep.best
    left, right = st.columns([4, 1.3], vertical_alignment="center")
    left.markdown(describe(sweep))
    if best and best.run in library.checkpoints():
        with right.container(key="sweep-onward"):
            link_to(address.EXPLORE, "Open the best in Explore", checkpoint=best.run)
    if figure := parallel.draw(sweep):
        st.caption(HOW)
        st.plotly_chart(figure, key="parallel", config=PLAIN)
    st.dataframe(
        table(sweep),
        key="trials",
        hide_index=True,
        column_config={"ELBO": st.column_config.NumberColumn(format="%.2f")},
    )


def describe(sweep: Sweep) -> str:
    """How far a sweep has come, in a line."""
    states = [trial.state for trial in sweep.trials]
    over = states.count("finished") + states.count("pruned")
    words = f"**{plain(sweep.name)}** · {over} of {sweep.wanted} trials are over"
    if pruned := states.count("pruned"):
        words += f", {pruned} of them pruned"
    if sweep.best and sweep.best.elbo is not None:
        words += f". Best: trial {sweep.best.number}, ELBO **{sweep.best.elbo:.2f}** "
        words += plain(sweep.unit)
    return words + "."


def table(sweep: Sweep) -> list[dict[str, object]]:
    """The trials as rows, the best first."""
    living = _living() if any(trial.state == "training" for trial in sweep.trials) else set()
    best = sorted(sweep.trials, key=lambda trial: (trial.elbo is None, -(trial.elbo or 0.0)))
    return [row(trial, sweep, living) for trial in best]


def row(trial: Trial, sweep: Sweep, living: set[str]) -> dict[str, object]:
    """One trial.

    Args:
        living: the runs that are going on.
    """
    interrupted = trial.state == "training" and bool(trial.run) and trial.run not in living
    return {
        "trial": trial.number,
        "ELBO": trial.elbo,
        "state": "interrupted" if interrupted else trial.state,
        "epochs": f"{trial.epoch} of {sweep.epochs}",
        **{parallel.spell(name): float(f"{it:.4g}") for name, it in trial.settings.items()},
        "run": trial.run,
        "why": trial.reason,
    }
