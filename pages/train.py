"""Train: make a model of your own, hold its map while it learns, and play its life again.

The training is a process of its own. This page only reads what it leaves in its run directory, so
a refresh, a second tab or another visitor sees the same run.
"""

import streamlit as st

from pages.ui.frame import explained, frame, plain
from pages.ui.training import settings, sweeps, watch
from vae.training import job, runs

NOTICED = 3.0  # seconds until a page that shows no training notices one that somebody has started


def main() -> None:
    """The page."""
    frame("Train")
    current = job.running()
    with explained():  # trouble is told below the settings, which may be folded up
        with st.expander("Settings") if current else st.container():
            config = settings.ask_for_a_run(ready=current is None)
        if config:
            job.start(config)
            st.rerun()
    with explained():
        watch.show(current or next(iter(runs.all_runs()), None))
    if current:
        st.caption(
            f"{plain(current.name)} is being trained now, and there is room for one run at a time: "
            "to start another, wait until it is over, or stop it."
        )
    else:
        notice_a_start()
    sweeps.show()


@st.fragment(run_every=NOTICED)
def notice_a_start() -> None:
    """Show a run that another visitor, or another tab, has started."""
    if job.running():
        st.rerun()


main()
