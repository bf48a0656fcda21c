"""From the command to a good model: seconds, the cold start included.

    python -m benchmarks.speedrun [--quick] [--json] [--seeds N]

Every contender is a whole process. They take turns, and each round has another seed; what is
printed is the median, and the fastest and slowest round. A contender prints a line once an epoch's
weights are on the disk, with the bound on images that were not trained on; the clock is read when
the line comes, so whoever looks is never counted. `--quick` is the first table alone, by default
one round, in less than two minutes.

The default recipe is judged by the exact log p(x) of the validation images: after the run, on the
checkpoints of its epochs, since that alone takes longer than an epoch.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks import peer
from vae.data import sets
from vae.data.pixels import observe_set
from vae.exact import refine
from vae.recipes import DEFAULT, recipe
from vae.store import checkpoint
from vae.training.pipeline import processor

GREY = -150.0  # nats per test image, grey levels as probabilities
EXACT = (-125.0, -120.0, -117.5)  # nats per validation image, binarised
PATIENCE, SHORT = 300.0, 40.0  # seconds after which a contender has not reached it
COARSEST = 2**14  # points that the integral begins with
CONVOLUTIONS = ("conv", "strided-conv")
Seconds = float | None  # None where it was not reached


class Line(NamedTuple):
    """What a contender has said."""

    seconds: float  # since the command was started
    values: dict[str, Any]  # held_elbo, in nats, and what else it tells


def follow(command: Sequence[str], threads: int | None = None) -> Generator[Line]:
    """The lines of a process of its own, which ends when nobody asks for more."""
    environment = {**os.environ, **({"OMP_NUM_THREADS": str(threads)} if threads else {})}
    start = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=Path(__file__).parents[1],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        for text in process.stdout:
            if text.startswith("{"):
                yield Line(perf_counter() - start, json.loads(text))
        if process.wait():
            raise SystemExit(f"{' '.join(command)} failed with {process.returncode}.")
    finally:
        process.kill()
        process.wait()


def ours(name: str, seed: int, folder: Path) -> list[str]:
    """The command that trains a recipe."""
    words = ["vae", "train", "--recipe", name, "--seed", str(seed), "--no-card", "--json"]
    return [*words, "--run-dir", str(folder / "run")]


def until(command: Sequence[str], goal: float, patience: float) -> Seconds:
    """Seconds until a contender has kept a model whose held-out bound is above the goal."""
    with closing(follow(command)) as lines:
        for seconds, values in lines:
            if values["held_elbo"] > goal:
                return seconds
            if seconds > patience:
                break
    return None


def grey(seed: int, patience: float) -> Iterator[tuple[str, Seconds]]:
    """Each contender's time to the goal on grey levels."""
    commands = {
        "ours": lambda folder: ours("plain", seed, folder),
        "PyTorch's example": lambda folder: ["benchmarks.tutorial", str(seed), str(folder)],
    }
    if peer.installed():
        commands["pythae"] = lambda folder: ["benchmarks.peer", str(seed), str(folder)]
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as folder:
            yield name, until(command(Path(folder)), GREY, patience)


def exact(seed: int) -> Iterator[tuple[str, Seconds]]:
    """The default recipe's time to each exact log-likelihood, and to its end."""
    with tempfile.TemporaryDirectory() as folder:
        kept: list[tuple[float, Path]] = []
        last = Path(folder) / "run" / "last.safetensors"
        for line in follow(ours(DEFAULT, seed, Path(folder))):
            copy = Path(folder) / f"{len(kept)}.safetensors"
            shutil.copyfile(last, copy)
            kept.append((line.seconds, copy))
        known: dict[Path, float] = {}

        def judged(one: tuple[float, Path]) -> float:
            if one[1] not in known:
                known[one[1]] = evidence(one[1])
            return known[one[1]]

        whole = kept[: recipe(DEFAULT).train.epochs]  # afterwards the decoder stays as it is
        for goal in EXACT:
            place = bisect_left(whole, goal, key=judged)  # it rises from one epoch to the next
            yield f"{goal:g}", whole[place][0] if place < len(whole) else None
        yield "its end", kept[-1][0]


def evidence(path: Path) -> float:
    """The mean exact log-likelihood of the validation images, nats."""
    found = checkpoint.load(path)
    _, held = sets.hold_back(sets.load("mnist"), found.config.train.validation)
    posterior, _ = refine(found.model, observe_set(held.images, found.config.model), 0.05, COARSEST)
    return posterior.log_evidence.mean().item()


def epoch(seed: int) -> Iterator[tuple[str, Seconds]]:
    """An epoch of the convolutional recipes on one thread, its test included; the second one."""
    for name in CONVOLUTIONS:
        with tempfile.TemporaryDirectory() as folder:
            yield f"{name}, ours", _second(ours(name, seed, Path(folder)))
            command = ["benchmarks.tutorial", str(seed), folder, name]
            yield f"{name}, as PyTorch's example loads images", _second(command)


def _second(command: Sequence[str]) -> Seconds:
    with closing(follow(command, threads=1)) as lines:
        return -next(lines).seconds + next(lines).seconds


def measure(seeds: int, quick: bool) -> dict[str, dict[str, list[Seconds]]]:
    """Seconds of every contender in every round, by table."""
    found: dict[str, dict[str, list[Seconds]]] = {}
    for seed in range(seeds):
        tables = {f"grey ELBO {GREY:g}": grey(seed, SHORT if quick else PATIENCE)}
        if not quick:
            tables["default, exact log p(x)"] = exact(seed)
            tables["an epoch on one thread"] = epoch(seed)
        for table, rows in tables.items():
            for name, seconds in rows:
                found.setdefault(table, {}).setdefault(name, []).append(seconds)
                print(f"{table}: {name}, seed {seed}: {words(seconds)}", file=sys.stderr)
    return found


def words(seconds: Seconds) -> str:
    """A time for a person."""
    return "not reached" if seconds is None else f"{seconds:.1f} s"


def summary(rounds: list[Seconds]) -> str:
    """Median, fastest and slowest; a round that did not get there is the slowest."""
    ordered = sorted(float("inf") if one is None else one for one in rounds)
    middle, low, high = (
        words(None if one == float("inf") else one)
        for one in (median(ordered), ordered[0], ordered[-1])
    )
    return f"{middle:>12}   {low} to {high}" if len(rounds) > 1 else f"{middle:>12}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the first table alone, one round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, help="rounds, each with another seed (default: 3)")
    asked = parser.parse_args()
    found = measure(asked.seeds or (1 if asked.quick else 3), asked.quick)
    machine = f"{processor()}, {len(os.sched_getaffinity(0))} cores"
    if asked.json:
        print(json.dumps({"machine": machine, "seconds": found}))
        return
    print(machine)
    for table, rows in found.items():
        print(f"\n{table}")
        for name, rounds in rows.items():
            print(f"  {name:<44}{summary(rounds)}")


if __name__ == "__main__":
    main()
