"""Models that have never seen one of the ten digits, for `benchmarks.anomaly`."""

import time
from dataclasses import replace
from pathlib import Path

import torch

from vae import device, recipes
from vae.config import Config
from vae.data.sets import Dataset, Split
from vae.evaluate import unit
from vae.model import VAE
from vae.store import checkpoint
from vae.store.checkpoint import Checkpoint
from vae.store.header import SUFFIX
from vae.training.loop import fit
from vae.training.pipeline import entry, provenance

HELD = 8000  # training images of the nine other digits that are held back


def configuration(quick: bool) -> Config:
    """The default recipe in two fifths of its epochs, which is what ten models have time for."""
    default = recipes.recipe(recipes.DEFAULT)
    epochs, refit_epochs = (1, 0) if quick else (10, 2)
    shortened = replace(
        default.train, epochs=epochs, refit_epochs=refit_epochs, validation=HELD, device="cpu"
    )
    return replace(default, train=shortened)


def without(data: Dataset, digit: int) -> Dataset:
    """The same data set, with no training image of one digit; the test images are as they were."""
    others = data.train.labels != digit
    return data._replace(train=Split(data.train.images[others], data.train.labels[others]))


def model_without(data: Dataset, digit: int, folder: Path, quick: bool) -> Checkpoint:
    """A model trained on the nine other digits; the one in the folder, if it is there already."""
    config = configuration(quick)
    path = folder / f"{'quick-' if quick else ''}without-{digit}{SUFFIX}"
    if not path.is_file():
        checkpoint.save(_train(without(data, digit), config, digit), path)
    return checkpoint.load(path)


def _train(data: Dataset, config: Config, digit: int) -> Checkpoint:
    torch.manual_seed(config.train.seed)
    model = VAE(config.model)
    start = time.perf_counter()
    reports = []
    for report in fit(model, config.train, data):
        reports.append(report)
        print(f"without {digit}, epoch {report.epoch}: {report.held.elbo:.2f}", flush=True)
    last = reports[-1]
    made = provenance(config, data, device.resolve("cpu"), time.perf_counter() - start)
    return Checkpoint(
        model,
        config,
        last.encoded,
        data.test.labels,
        [entry(report) for report in reports],
        {**last.held._asdict(), "unit": unit(config.model)},
        {**made, "left_out": str(digit), "judged_on": "validation images"},
    )
