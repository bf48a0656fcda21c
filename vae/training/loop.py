"""Training as an iterator of reports, one per epoch, which the caller prints, stores or stops."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from vae.codec import BATCH, encode
from vae.config import TrainConfig
from vae.data.pixels import observe_set
from vae.data.sets import Dataset, hold_back
from vae.device import autocast, resolve_precision
from vae.errors import TrainingError
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.objective import elbo
from vae.training import optimiser
from vae.training.batches import Batches
from vae.training.drawn import drawn
from vae.training.loss import batch_loss

TRAIN_SCORED = 2000  # training images that are scored after each epoch, evenly spaced in the set


class Score(NamedTuple):
    """Means over a set of images, in nats per image."""

    elbo: float
    reconstruction: float
    kl: float


class Evaluation(NamedTuple):
    """What the weights after an epoch make of images on which no gradient is computed.

    Both scores are the encoder's own: in fp32, with one sample of z from the posterior that it
    gives without being told anything (a head of cells chooses its own cell), the same noise every
    time, and images neither changed nor binarised anew.
    """

    train: Score  # on at most `TRAIN_SCORED` of the training images
    held: Score  # on the validation images, or the test images where none are held back
    encoded: Posterior  # the test set on the plane: mean (N, 2) and so on, on the CPU


class Report(NamedTuple):
    """What is known after an epoch."""

    epoch: int  # 1 is the first
    seconds: float  # spent on this epoch, its scores included
    train: Score  # as in `Evaluation`
    held: Score
    evidence: float | None  # mean log p(x) over the epoch's steps, where the objective has it
    encoded: Posterior


@torch.inference_mode()
def evaluate(model: VAE, images: Tensor) -> tuple[Score, Posterior]:
    """The ELBO of a set of images, with one sample of z for each and always the same noise.

    In fp32: this is what is kept and shown.

    Args:
        images: (N, side, side) floats, as `pixels.observe_set` gives them.

    Returns:
        The means over the set, and the posterior of each image.
    """
    generator = torch.Generator(model.device).manual_seed(0)
    posterior = encode(model, images)
    total = torch.zeros(2, device=model.device)
    for batch, found in zip(images.split(BATCH), posterior.split(BATCH), strict=True):
        terms = elbo(model, batch, generator, found)
        total += torch.stack([terms.reconstruction.sum(), terms.kl.sum()])
    reconstruction, kl = (total / len(images)).tolist()
    return Score(-(reconstruction + kl), reconstruction, kl), posterior


def _refuse_divergence(epoch: int, *figures: Tensor | None) -> None:
    if not all(torch.isfinite(figure).all() for figure in figures if figure is not None):
        raise TrainingError(
            f"The loss stopped being a number in epoch {epoch}: the steps were too large. "
            "Start again with a smaller learning rate; the epochs before this one are kept."
        )


class Trainer:
    """A model, its optimiser and its data over a number of epochs under one schedule."""

    def __init__(self, model: VAE, config: TrainConfig, data: Dataset) -> None:
        self.model, self.config = model, config
        self.precision = resolve_precision(config.precision, model.device)
        self.generator = torch.Generator(model.device).manual_seed(config.seed)
        train, held = hold_back(data, config.validation)
        shown = train.images
        if config.drawn:
            shown = torch.cat([shown, drawn(config.drawn, config.seed)])
        self.batches = Batches(shown, model.config, config, self.generator)
        self.train = self._observe(train.images[:: -(-len(train.images) // TRAIN_SCORED)])
        self.held = self._observe(held.images)
        self.test = self.held if held is data.test else self._observe(data.test.images)
        self.optimiser = optimiser.build(model.parameters(), config)
        self.steps = config.epochs * self.batches.steps
        self.schedule = optimiser.schedule(self.optimiser, config, self.steps)
        self.steps_taken = 0

    def _observe(self, images: Tensor) -> Tensor:
        return observe_set(images, self.model.config).to(self.model.device)

    def update(self, loss: Tensor) -> None:
        """Take one step of the optimiser."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        self.steps_taken += 1

    def _train(self, before: int) -> tuple[Tensor, Tensor | None]:
        """One pass over the training images: the sum of the losses, and that of log p(x)."""
        total, evidence = torch.zeros((), device=self.model.device), None
        for images in self.batches.epoch(before / self.config.epochs):
            progress = self.steps_taken / self.steps
            with autocast(self.model.device, self.precision):
                found = batch_loss(self.model, self.config, images, progress, self.generator)
            self.update(found.loss)
            total += found.loss.detach()
            if found.evidence is not None:
                evidence = found.evidence.detach().sum() + (0 if evidence is None else evidence)
        return total, evidence

    def evaluate(self) -> Evaluation:
        """The scores of the model as it is, and the test set on the plane."""
        train, _ = evaluate(self.model, self.train)
        held, encoded = evaluate(self.model, self.held)
        if self.test is not self.held:
            encoded = encode(self.model, self.test)
        return Evaluation(train, held, encoded.cpu())

    def epoch(self, number: int, before: int) -> Report:
        """Train one epoch.

        Args:
            number: of the epoch in the report.
            before: how many this trainer has trained already.

        Raises:
            TrainingError: if a loss, or what the model then gives, is not a number.
        """
        start = time.perf_counter()
        self.model.train()
        total, evidence = self._train(before)
        self.model.eval()
        found = self.evaluate()
        scores = torch.tensor([*found.train, *found.held])
        _refuse_divergence(number, total, evidence, scores, *found.encoded)
        mean = None if evidence is None else (evidence / len(self.batches.images)).item()
        seconds = time.perf_counter() - start
        return Report(number, seconds, found.train, found.held, mean, found.encoded)


def _copy(model: VAE) -> dict[str, Tensor]:
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def _refit(trainer: Trainer, before: int) -> Iterator[Report]:
    model, best, kept = trainer.model, trainer.evaluate(), _copy(trainer.model)
    for epoch in range(1, trainer.config.epochs + 1):
        report = trainer.epoch(before + epoch, epoch - 1)
        moved = _copy(model)
        if report.held.elbo > best.held.elbo:
            best, kept = Evaluation(report.train, report.held, report.encoded), moved
        model.load_state_dict(kept)
        yield report._replace(train=best.train, held=best.held, encoded=best.encoded)
        if epoch < trainer.config.epochs:
            model.load_state_dict(moved)


def refit(model: VAE, config: TrainConfig, data: Dataset) -> Iterator[Report]:
    """Train the encoder alone by the ELBO, with the decoder frozen.

    The large steps in the middle of the cycle may make it worse for a while. Whenever a report is
    handed out, the model has the weights of the epoch with the best ELBO on the held-back images,
    or those it came with, and the report its scores.

    Raises:
        TrainingError: if the loss stops being a number.
    """
    alone = replace(
        config,
        objective="elbo",
        beta=1.0,
        warm_up=0,
        epochs=config.refit_epochs,
        restyle=config.refit_restyle,
        learning_rate=config.learning_rate / 2,
        seed=(config.seed + 1) % 2**31,
    )
    fixed = (model.decoder, model.likelihood)
    try:
        for part in fixed:
            part.requires_grad_(False)
        yield from _refit(Trainer(model, alone, data), config.epochs)
    finally:
        for part in fixed:
            part.requires_grad_(True)


def fit(model: VAE, config: TrainConfig, data: Dataset) -> Iterator[Report]:
    """Train a model, one epoch for each item taken from the iterator.

    The model is trained in place on the device it is on, and is in evaluation mode whenever a
    report is handed out. After the epochs of the whole model come those of the encoder alone.

    Raises:
        TrainingError: if the loss stops being a number.
    """
    trainer = Trainer(model, config, data)
    for epoch in range(1, config.epochs + 1):
        yield trainer.epoch(epoch, epoch - 1)
    if config.refit_epochs:
        yield from refit(model, config, data)
