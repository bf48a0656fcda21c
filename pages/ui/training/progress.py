"""How far a run has come, in a line."""

import time

from pages.ui.frame import plain
from vae.training import job
from vae.training.runs import Run, RunState


def describe(run: Run, state: RunState) -> str:
    """Where a run stands, in a line."""
    since = time.time() - state.changed
    whole = state.epochs - state.refit_epochs
    alone = f"{state.refit_epochs} of the encoder alone"
    if state.phase == "failed":
        return "failed"
    if state.phase == "scoring":
        return f"{plain(state.message)} · {duration(since)} · the model can be opened already"
    if state.phase == "waiting":
        return f"in line, number {job.position(run)}"
    if not state.over and run.stands_still():
        return "its process stands still: nothing has been heard of it for half a minute"
    if state.phase in ("stopped", "downloading"):
        return plain(state.message)
    if state.phase == "finished":
        epochs = f"{whole} epochs" + (f" and {alone}" if state.refit_epochs else "")
        return f"finished: {epochs} in {duration(sum(e['seconds'] for e in run.history()))}"
    if state.paused:
        return f"paused after {state.counted}" if state.epoch else "paused in its first epoch"
    if state.epoch == 0:
        return "starting…" if state.phase == "starting" else "in its first epoch…"
    left = run.history()[-1]["seconds"] * (state.epochs - state.epoch) - since
    then = f", then {alone}" if state.refit_epochs and state.epoch <= whole else ""
    return f"{state.counted} done{then}: about {duration(max(0.0, left))} of training left"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
