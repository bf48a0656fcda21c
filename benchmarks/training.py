"""How fast training is: against the tutorial's way, against pythae, against the arithmetic itself.

    python -m benchmarks.training [--quick] [--json]

Everything in one run on the same machine, in turns, medians; `--quick` takes under a minute. The
baselines: `benchmarks/tutorial.py` (PyTorch's public example) and `benchmarks/peer.py` (pythae,
where it is installed). How long it takes to a good model: `benchmarks/speedrun.py`.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from statistics import mean, median
from typing import Any

import torch

from benchmarks import arithmetic, peer, tutorial
from vae import library, memory
from vae.config import Config, ModelConfig, TrainConfig
from vae.data import sets
from vae.data.pixels import observe_set
from vae.device import autocast, resolve, resolve_precision
from vae.exact import refine
from vae.model import VAE
from vae.recipes import recipe
from vae.store import checkpoint
from vae.training.candidates import SERVED
from vae.training.loop import fit
from vae.training.loss import batch_loss
from vae.training.pipeline import processor
from vae.training.trainer import Trainer

# The tutorial's model and settings, in our words.
SAME = Config(
    ModelConfig(
        encoder_widths=(tutorial.HIDDEN,),
        decoder="dense",
        decoder_widths=(tutorial.HIDDEN,),
        activation="relu",
    ),
    TrainConfig(
        epochs=1000,
        batch_size=tutorial.BATCH,
        optimiser="adam",
        learning_rate=tutorial.LEARNING_RATE,
        schedule="constant",
    ),
)


def ours(config: Config) -> Iterator[tuple[float, float]]:
    """Seconds of each epoch, its test included, and the test loss."""
    where = resolve(config.train.device)
    torch.manual_seed(config.train.seed)
    model = VAE(config.model).to(where)
    for report in fit(model, config.train, sets.load("mnist")):
        yield report.seconds, -report.held.elbo


def against_others(rounds: int, epochs: int) -> dict[str, Any]:
    """Seconds per epoch in turns, a seed for each: the tutorial's way, pythae's, ours."""
    ways: dict[str, Callable[[Config], Iterator[tuple[float, float]]]] = {
        "tutorial": lambda config: tutorial.epochs(config.train.seed),
        "ours": ours,
    }
    if peer.installed():
        ways["pythae"] = lambda config: peer.train(config, epochs)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    losses: dict[str, list[float]] = {name: [] for name in ways}
    for seed in range(rounds):
        config = replace(SAME, train=replace(SAME.train, seed=seed))
        for name, way in ways.items():
            rows = list(islice(way(config), epochs))
            seconds[name] += [row[0] for row in rows]
            losses[name].append(rows[-1][1])
    middle = {name: median(times) for name, times in seconds.items()}
    return {
        "epochs": epochs,
        "seconds_per_epoch": middle,
        "test_loss": {name: mean(rounds) for name, rounds in losses.items()},
        "test_loss_spread": {name: max(found) - min(found) for name, found in losses.items()},
        "times_faster": {
            name: time / middle["ours"] for name, time in middle.items() if name != "ours"
        },
    }


def against_arithmetic(config: Config, progress: float, steps: int = 30) -> dict[str, float]:
    """A training step beside its matrix products alone, in ms.

    Args:
        progress: part of the run that is over; the exact likelihood's lattice grows with it.
    """
    where = resolve(config.train.device)
    precision = resolve_precision(config.train.precision, where)
    torch.manual_seed(0)
    model = VAE(config.model).to(where)
    trainer = Trainer(model, config.train, sets.load("mnist"))

    def batches() -> Iterator[torch.Tensor]:
        while True:
            yield from trainer.batches.epoch(trainer.batches.order(), 0.0)

    feed = batches()

    def one() -> None:
        images = next(feed)
        with autocast(where, precision):
            found = batch_loss(
                model, config.train, images, progress, trainer.generator, trainer.candidates
            )
        trainer.update(found.loss)

    cycle = max(1, SERVED // config.train.batch_size)

    def some() -> None:  # of which one alone decodes the whole lattice
        for _ in range(cycle):
            one()

    trainer.candidates.seen = len(trainer.batches.images)  # no longer the first steps
    some()
    recorded = arithmetic.products(some)
    times, alone = [], []
    for _ in range(-(-steps // cycle)):
        start = time.perf_counter()
        some()
        if where.type == "cuda":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - start) / cycle)
        alone.append(recorded.seconds() / cycle)
    return {
        "step_ms": 1000 * median(times),
        "products_ms": 1000 * median(alone),
        "times": median(times) / median(alone),
    }


def evaluation(count: int) -> dict[str, Any]:
    """The exact log-likelihood of test images under the committed model."""
    found = checkpoint.load(library.find("mnist"), resolve())
    images = observe_set(sets.load("mnist").test.images[:count], found.config.model)
    start = time.perf_counter()
    posterior, convergence = refine(found.model, images)
    return {
        "images": len(images),
        "seconds": time.perf_counter() - start,
        "points": convergence.points,
        "exact_log_likelihood": posterior.log_evidence.mean().item(),
    }


def measure(quick: bool) -> dict[str, Any]:
    """Everything, as JSON values."""
    where = resolve()
    gpu = where.type == "cuda"
    figures: dict[str, Any] = {
        "device": torch.cuda.get_device_name(where) if gpu else processor(),
        "threads": torch.get_num_threads(),
        "precision": resolve_precision("auto", where),
        **against_others(1 if quick else 3, 1 if quick else 5),
        "products": {
            name: against_arithmetic(
                replace(config, train=replace(config.train, epochs=1000)), progress
            )
            for name, config, progress in (
                ("784-400-2", SAME, 0.0),
                ("plain", recipe("plain"), 0.0),
                ("default, at its start", recipe("default"), 0.0),
                ("default, at its end", recipe("default"), 0.99),
            )
        },
    }
    if not quick:
        figures["evaluation"] = evaluation(10_000)
    return figures


def table(figures: dict[str, Any]) -> Iterator[str]:
    """The figures for a person."""
    yield f"{figures['device']}, {figures['threads']} threads, {figures['precision']}"
    yield "\nseconds per epoch, its test included (784-400-2, batch 128)"
    for name, seconds in figures["seconds_per_epoch"].items():
        times = figures["times_faster"].get(name)
        yield (
            f"  {name:<12}{seconds:7.2f} s   test loss after {figures['epochs']} "
            f"{figures['test_loss'][name]:8.2f} nats"
            f" (seeds differ by {figures['test_loss_spread'][name]:.2f})"
            + (f"   ours is {times:.1f} times faster" if times else "")
        )
    yield "\na step beside its matrix products alone"
    for name, row in figures["products"].items():
        yield (
            f"  {name:<24}{row['step_ms']:7.2f} ms   products {row['products_ms']:7.2f} ms"
            f"   {row['times']:.2f} times"
        )
    if "evaluation" in figures:
        row = figures["evaluation"]
        yield (
            f"\nexact log-likelihood of {row['images']:,} images: {row['seconds']:.1f} s, "
            f"{row['points']:,} points, {row['exact_log_likelihood']:.2f} nats"
        )


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="the ratios, in under a minute")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    memory.keep()
    figures = measure(asked.quick)
    print(json.dumps(figures) if asked.json else "\n".join(table(figures)))


if __name__ == "__main__":
    main()
