"""Two whole runs of one recipe on real MNIST, one of them killed again and again: the same bytes?

    python -m benchmarks.resumed [RECIPE] [--kills N]

Both are `python -m vae train` in a process of its own, one thread each. The second gets `kill -9`
at random moments and is taken up by `--resume`; at the end the weights, the places of the test
images and the figures of every epoch are compared.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vae.recipes import recipe
from vae.store import checkpoint
from vae.store.checkpoint import Checkpoint
from vae.training.run import Run


def start(run: Run) -> "subprocess.Popen[bytes]":
    """Begin a run, or take it up."""
    arguments = ["train", "--run", str(run.folder), "--no-card", "--resume"]
    return subprocess.Popen(
        [sys.executable, "-m", "vae", *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )


def prepared(folder: Path, name: str) -> Run:
    """A run directory that says what to train."""
    run = Run(folder)
    folder.mkdir()
    config = recipe(name).as_dict()
    # What `auto` chooses depends on a measurement, which need not come out alike twice.
    config["train"] |= {"precision": "bf16", "device": "cpu"}
    run.write_config(type(recipe(name)).from_dict(config))
    return run


def weights(found: Checkpoint) -> str:
    """The SHA-256 of all weights."""
    parts = (weight.numpy().tobytes() for weight in found.model.state_dict().values())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def main() -> None:
    """Train twice, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", nargs="?", default="plain")
    parser.add_argument("--kills", type=int, default=5)
    arguments = parser.parse_args()
    moments = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = (prepared(Path(folder) / n, arguments.recipe) for n in ("whole", "killed"))
        began = time.monotonic()
        start(whole).wait()
        took = time.monotonic() - began
        for number in range(arguments.kills):
            process = start(killed)
            time.sleep(10 + moments.uniform(0, took / (arguments.kills + 1)))
            if process.poll() is not None:
                break
            process.kill()
            process.wait()
            print(f"kill {number + 1}: after epoch {killed.state().epoch}", flush=True)
        start(killed).wait()
        ours, theirs = (checkpoint.load(run.checkpoint) for run in (whole, killed))
    figures = [[{**e, "seconds": 0} for e in found.history] for found in (ours, theirs)]
    print(f"{arguments.recipe}, {len(ours.history)} epochs in {took:.0f} s")
    print(f"weights, uninterrupted   {weights(ours)}")
    print(f"weights, killed          {weights(theirs)}")
    same = bool((ours.encoded.mean == theirs.encoded.mean).all())
    print(f"places of the test images the same: {same}")
    print(f"figures of every epoch the same: {figures[0] == figures[1]}")


if __name__ == "__main__":
    main()
