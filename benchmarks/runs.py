"""What it costs to look at the runs that there are: many folders, and long files of figures.

    python -m benchmarks.runs

A page looks several times whenever it is drawn, and again every second while it shows a run.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vae import library
from vae.errors import RunError
from vae.recipes import recipe
from vae.training import runs
from vae.training.runs import Run

FOLDERS = 5_000
LINES = 1_000_000
EPOCHS = 1_000
COSTS = ("train_reconstruction", "train_kl", "held_elbo", "held_reconstruction", "held_kl")


def milliseconds(act: Callable[[], object]) -> float:
    """How long it takes once."""
    start = time.perf_counter()
    act()
    return 1e3 * (time.perf_counter() - start)


def tell(words: str, act: Callable[[], object]) -> None:
    """Print what the first look costs, and the middle of the next nine."""
    first, *others = (milliseconds(act) for _ in range(10))
    print(f"{words:<54}{first:10.1f} ms{sorted(others)[4]:10.2f} ms")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_ATLAS_RUNS"] = folder
        run = runs.create(recipe("digits"))
        print(f"{'':<54}{'first look':>13}{'then':>13}")
        measure_figures(run)
        run.write_state(phase="finished")
        content = (run.folder / "state.json").read_bytes()
        for number in range(FOLDERS - 1):
            other = Path(folder) / f"run-{number}"
            other.mkdir()
            (other / "state.json").write_bytes(content)
        tell(f"runs.all_runs(), {FOLDERS:,} folders", runs.all_runs)
        tell(f"library.checkpoints(), {FOLDERS:,} folders", library.checkpoints)


def measure_figures(run: Run) -> None:
    """The history of a long run, also as it grows, and that of an impossible one."""
    path = run.folder / "metrics.jsonl"
    line = json.dumps({"epoch": 1, "seconds": 1.0, **dict.fromkeys(COSTS, 1.0)}) + "\n"
    path.write_text(line * EPOCHS)
    tell(f"run.history(), {EPOCHS:,} epochs", run.history)

    def grow() -> None:
        run.append_metrics(json.loads(line))
        run.history()

    tell("and one more epoch each time", grow)
    path.write_text(line * LINES)
    tell(f"run.history(), {LINES:,} lines", lambda: refused(run))
    path.unlink()


def refused(run: Run) -> None:
    """Read a file that may be too long to be one of a training."""
    try:
        run.history()
    except RunError:
        return


if __name__ == "__main__":
    main()
