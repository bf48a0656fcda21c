"""From a configuration to a checkpoint: data, model, training, and the record of it all."""

import contextlib
import logging
import os
import platform
import time
from collections.abc import Iterator, Mapping
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
from vae.training import resume
from vae.training.follower import follow
from vae.training.group import Group, joined
from vae.training.loop import Training
from vae.training.recorder import Recorder, Stopped
from vae.training.runs import Phase, Run, kept
from vae.training.start import untrained
from vae.training.trainer import Report, Step

LOG = logging.getLogger(__name__)


def execute(
    config: Config, run: Run, score: bool = True, resumed: bool = False
) -> Iterator[Report]:
    """Train as configured, keeping the run directory up to date after every epoch.

    Args:
        score: whether to make the report card at the end, once on the test set.
        resumed: whether to go on where the process of this run ended.

    Raises:
        VAEError: if the data, the disk or the arithmetic gives out; the directory says so too.
    """
    group = joined(device.resolve(config.train.device))
    if group and group.rank:
        _follow(config, run, group, resumed)
        return
    if resumed:
        run.reclaim()
    else:
        run.claim(config)
    try:
        run.write_start(os.getpid(), config.train)
        dataset = obtain(config, run)
        yield from _train(config, dataset, run, score, resumed, group)
    except Stopped:
        _stop(run)
    except RunError:
        raise  # the directory is not ours to write to, or says so already
    except VAEError as error:
        _end(run, "failed", str(error))
        raise
    except KeyboardInterrupt:
        _stop(run)
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


def _follow(config: Config, run: Run, group: Group, resumed: bool) -> None:
    """Compute a share of every batch for the process that keeps the run."""
    group.wait()  # for the data, which one alone downloads
    training = _begin(config, sets.load(config.train.dataset), group)
    if resumed:
        _restore(training, run)
    with contextlib.suppress(Stopped):
        for _ in follow(training):
            pass
    group.leave()


def _stop(run: Run) -> None:
    with contextlib.suppress(RunError):  # interrupted before it was written that there is a run
        _end(run, "stopped", kept("Stopped.", run.state()))


def _end(run: Run, phase: Phase, message: str) -> None:
    if not run.folder.is_dir():
        return  # somebody has removed it, and it stays so
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


def _begin(config: Config, dataset: Dataset, group: Group | None) -> Training:
    where = device.resolve(config.train.device)
    return Training(untrained(config, dataset).to(where), config.train, dataset, group)


def _train(
    config: Config, dataset: Dataset, run: Run, score: bool, resumed: bool, group: Group | None
) -> Iterator[Report]:
    if group:
        group.wait()
    training = _begin(config, dataset, group)
    history: list[dict[str, Any]] = []
    if resumed:
        try:
            _restore(training, run)
        except RunError as error:
            _end(run, "failed", str(error))
            raise
        run.cut_metrics(training.epoch)
        history = run.history()
    recorder = Recorder(run, training, dataset, history)
    try:
        run.write_state(phase="training", message="", epoch=training.epoch)
        recorder.begin(resumed and training.step > 0)
        last = None
        for found in training.run():
            if isinstance(found, Step):
                recorder.step(found)
                continue
            history.append(entry(found, recorder.changed))
            last = _keep(found, config, training.shown, dataset, run, history)
            recorder.report()
            yield found
    finally:
        recorder.close()
    if group:
        group.leave()
    if score:
        _score(last or checkpoint.load(run.checkpoint, training.model.device), dataset, run)
    run.write_state(phase="finished", message="")


def _restore(training: Training, run: Run) -> None:
    """Take the training where it was."""
    if state := resume.load(run.folder):
        try:
            training.restore(state)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise RunError(
                f"{run.name} cannot be resumed: its state is of another model. "
                "Start again with its settings."
            ) from error


def _keep(
    report: Report,
    config: Config,
    model: VAE,
    dataset: Dataset,
    run: Run,
    history: list[dict[str, Any]],
) -> Checkpoint:
    """Keep the model after an epoch, and its figures."""
    best = max(epoch["held_elbo"] for epoch in history)
    made = provenance(config, dataset, model.device, sum(epoch["seconds"] for epoch in history))
    made["judged_on"] = "validation images" if config.train.validation else "test images"
    metrics = {**report.held._asdict(), "unit": unit(config.model)}
    found = Checkpoint(model, config, report.encoded, dataset.test.labels, history, metrics, made)
    checkpoint.save(found, run.checkpoint)
    if history[-1]["held_elbo"] == best:
        run.keep_best()
    run.append_metrics(history[-1])
    run.write_state(epoch=report.epoch)
    return found


def _score(last: Checkpoint, dataset: Dataset, run: Run) -> None:
    """Make the report card of the finished model, and keep it in its checkpoint."""
    run.write_state(phase="scoring")
    validation = last.config.train.validation
    card = report_card(
        last.model, dataset, validation, lambda stage: run.write_state(message=stage)
    )
    made = {**last.made, "judged_on": "test images"}
    checkpoint.save(replace(last, metrics=card, made=made), run.checkpoint)


def entry(report: Report, changed: Mapping[str, float] | None = None) -> dict[str, Any]:
    """One line of the history: figures in nats per image, time in seconds.

    Args:
        changed: settings that are not what the run was started with.
    """
    return {
        "epoch": report.epoch,
        "seconds": round(report.seconds, 3),
        **{f"train_{name}": round(value, 4) for name, value in report.train._asdict().items()},
        **{f"held_{name}": round(value, 4) for name, value in report.held._asdict().items()},
        **({} if report.evidence is None else {"train_exact": round(report.evidence, 4)}),
        **(changed or {}),
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
