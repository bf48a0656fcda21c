"""A checkpoint that somebody brings along: judged, then kept as a run that is over."""

import shutil
import time
from pathlib import Path

from vae.errors import RunError
from vae.store import checkpoint
from vae.training import budget, figures, runs
from vae.training.run import tidy
from vae.training.runs import Run


def take_in(content: bytes, name: str) -> Run:
    """Keep a checkpoint that may come from a stranger.

    Args:
        content: of the file.
        name: of the file, for people only: no path is built from it.

    Raises:
        CheckpointError: if it is not one, is damaged, or is of another version.
        RunError: if the disk refuses, or has no room left for runs.
    """
    if budget.size(runs.root()) + len(content) > budget.limit("BYTES"):
        raise RunError(
            f"The runs here fill the {budget.limit('BYTES'):,} bytes there is room for: delete one."
        )
    found = checkpoint.parse(content, tidy(name))
    run = runs.create(found.config, f"uploaded-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        run.checkpoint.write_bytes(content)
        run.write_title(Path(name).stem)
        for entry in filter(figures.is_epoch, found.history):
            run.append_metrics(entry)
        train = found.config.train
        epochs = {"epochs": train.all_epochs, "refit_epochs": train.refit_epochs}
        # Last, because a directory without a state is no run yet.
        run.write_state(
            phase="finished", epoch=len(found.history), started=time.time(), message="Uploaded.",
            **epochs,
        )  # fmt: skip
    except OSError as error:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise RunError(f"{tidy(name)} cannot be kept: {error.strerror or error}.") from error
    return run
