"""From a configuration to a checkpoint: data, model, training, and the record of it all."""

import contextlib
import logging
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from vae import device
from vae.config import Config
from vae.data import sets
from vae.data.sets import Dataset
from vae.errors import RunError, VAEError
from vae.evaluate import report_card, unit
from vae.model import VAE
from vae.store import checkpoint
from vae.store.checkpoint import Checkpoint
from vae.training.loop import Report, fit
from vae.training.runs import Phase, Run, kept

LOG = logging.getLogger(__name__)


def execute(config: Config, run: Run, score: bool = True) -> Iterator[Report]:
    """Train as configured, keeping the run directory up to date after every epoch.

    Args:
        score: whether to make the report card at the end, once on the test set.

    Raises:
        VAEError: if the data, the disk or the arithmetic gives out; the directory says so too.
    """
    try:
        run.claim(config)
        run.write_start(os.getpid(), config.train)
        dataset = obtain(config, run)
        yield from _train(config, dataset, run, score)
    except RunError:
        raise  # the directory is not ours to write to
    except VAEError as error:
        _end(run, "failed", str(error))
        raise
    except KeyboardInterrupt:
        _end(run, "stopped", kept("Stopped.", run.state()))
        raise
    except OSError as error:
        words = (
            f"The run could not be written to {run.folder}: {error.strerror or error}. "
            "Make room there and start again; the last finished epoch is kept."
        )
        _end(run, "failed", words)
        raise RunError(words) from error
    finally:
        run.release()


def _end(run: Run, phase: Phase, message: str) -> None:
    with contextlib.suppress(OSError):  # the disk may be why we are here
        run.write_state(phase=phase, message=message)


def obtain(config: Config, run: Run) -> Dataset:
    """The data set, downloaded first where it is not on disk."""
    name = config.train.dataset
    if not sets.is_on_disk(name):
        sets.download(name, lambda words: _say_download(run, words))
    return sets.load(name)


def _say_download(run: Run, words: str) -> None:
    LOG.info(f"Downloading {words}")
    run.write_state(phase="downloading", message=f"Downloading {words}")


def _train(config: Config, dataset: Dataset, run: Run, score: bool) -> Iterator[Report]:
    where = device.resolve(config.train.device)
    torch.manual_seed(config.train.seed)
    model = VAE(config.model).to(where)
    run.write_state(phase="training", message="")
    history: list[dict[str, Any]] = []
    made: dict[str, Any] = {}
    last = None
    for report in fit(model, config.train, dataset):
        history.append(entry(report))
        made = provenance(config, dataset, where, sum(epoch["seconds"] for epoch in history))
        made["judged_on"] = "validation images" if config.train.validation else "test images"
        metrics = {**report.held._asdict(), "unit": unit(config.model)}
        found = Checkpoint(
            model, config, report.encoded, dataset.test.labels, history, metrics, made
        )
        checkpoint.save(found, run.checkpoint)
        run.append_metrics(history[-1])
        run.write_state(epoch=report.epoch)
        yield report
        if run.asked_to_stop() and (score or report.epoch < config.train.all_epochs):
            run.write_state(phase="stopped", message=kept("Stopped.", run.state()))
            return
        run.beat()
        last = found
    if score and last:
        run.write_state(phase="scoring")
        made = {**made, "judged_on": "test images"}
        card = report_card(
            model, dataset, config.train.validation, lambda stage: run.write_state(message=stage)
        )
        checkpoint.save(replace(last, metrics=card, made=made), run.checkpoint)
    run.write_state(phase="finished", message="")


def entry(report: Report) -> dict[str, Any]:
    """One line of the history: figures in nats per image, time in seconds."""
    return {
        "epoch": report.epoch,
        "seconds": round(report.seconds, 3),
        **{f"train_{name}": round(value, 4) for name, value in report.train._asdict().items()},
        **{f"held_{name}": round(value, 4) for name, value in report.held._asdict().items()},
        **({} if report.evidence is None else {"train_exact": round(report.evidence, 4)}),
    }


def provenance(
    config: Config, dataset: Dataset, where: torch.device, seconds: float
) -> dict[str, Any]:
    """When, on what and with which versions a model was made.

    Device and precision are what was used, where the configuration may have left the choice.
    """
    return {
        "date": time.strftime("%Y-%m-%d"),
        "seconds": round(seconds, 1),
        "device": torch.cuda.get_device_name(where) if where.type == "cuda" else where.type,
        "precision": device.resolve_precision(config.train.precision, where),
        "processor": processor(),
        "threads": torch.get_num_threads(),
        "train_images": len(sets.hold_back(dataset, config.train.validation)[0].images),
        "test_images": len(dataset.test.images),
        "versions": {"python": platform.python_version(), "torch": version("torch")},
    }


def processor() -> str:
    """The processor's name, as far as this system tells."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return platform.processor() or platform.machine()
