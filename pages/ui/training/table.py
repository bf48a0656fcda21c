"""A table of the runs that there are, and what may be done with each."""

from typing import Any

import streamlit as st

from pages.ui.frame import explained
from pages.ui.glossary import explain
from pages.ui.training import actions, row
from vae.training import runs
from vae.training.runs import Look

NOTICED = 5.0  # seconds until what goes on elsewhere is seen
MOST = 200  # lines
COLUMNS = ["Name", "State", "ELBO", "ELBO by epoch", "Epochs", "Time", "Recipe", "Settings"]


def show() -> None:
    """The table, while there is something to put in it, and the way to bring a checkpoint along."""
    look = runs.look()
    st.markdown("#### Runs", help=explain("ELBO", "nats"))
    if look.seen or look.unreadable:
        going_on = any(not state.over for _, state in look.seen)
        st.fragment(run_every=NOTICED if going_on else None)(show_table)()
    else:
        st.caption("No run yet: what you train, and what you upload, is listed here.")
    actions.ask_for_a_checkpoint()


def show_table() -> None:
    """The lines, and what may be done with the one that is chosen."""
    look = runs.look()
    names = [run.name for run, _ in look.seen[:MOST]]
    st.dataframe(
        lines(look),
        key=f"runs-{len(names)}",  # a choice is a number of a line
        hide_index=True,
        column_order=COLUMNS,
        column_config=columns(),
        on_select=lambda: choose(names),
        selection_mode="single-row",
        placeholder="",
    )
    if more := look.passed + max(0, len(look.seen) - MOST):
        st.caption(f"{more:,} older folders are not listed.")
    if names:
        with explained():
            actions.show(look.seen[:MOST])


def lines(look: Look) -> list[row.Row]:
    """A line for each run, the newest first, and then for each folder that cannot be read."""
    unreadable = [row.of_unreadable(found) for found in look.unreadable[:MOST]]
    return [row.of(seen) for seen in look.seen[:MOST]] + unreadable


def columns() -> Any:
    """How the columns look."""
    kinds = st.column_config
    return {
        "Name": kinds.TextColumn(pinned=True, width="medium"),
        "State": kinds.TextColumn(width="medium"),
        "ELBO": kinds.NumberColumn(
            format="%.2f", help="On the images held back, after the last epoch, in nats per image."
        ),
        "ELBO by epoch": kinds.LineChartColumn(width="small"),
        "Epochs": kinds.NumberColumn(format="%d"),
        "Time": kinds.NumberColumn(format="%.0f s", help="Spent on the epochs."),
        "Settings": kinds.TextColumn(
            width="large", help="What is different from the recipe, or why it cannot be read."
        ),
    }


def choose(names: list[str]) -> None:
    """Take the line that somebody has clicked."""
    state = st.session_state[f"runs-{len(names)}"]
    chosen = [names[number] for number in state.selection.rows if number < len(names)]
    if chosen:
        st.session_state[actions.CHOSEN] = chosen[0]
