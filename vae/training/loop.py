"""Training as an iterator of reports: whoever wants to watch, prints, stores or stops it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from vae.codec import place
from vae.config import TrainConfig
from vae.data.pixels import observe
from vae.data.sets import Dataset, hold_back
from vae.device import autocast, resolve_precision
from vae.errors import TrainingError
from vae.model import VAE
from vae.nn.posterior import Posterior, concatenate
from vae.objective import Terms, elbo
from vae.training import optimiser
from vae.training.batches import Batches
from vae.training.loss import Step, step


class Score(NamedTuple):
    """Means over a set of images, in nats per image."""

    elbo: float
    reconstruction: float
    kl: float


class Report(NamedTuple):
    """What is known after an epoch."""

    epoch: int  # 1 is the first
    seconds: float  # spent on this epoch, its scores included
    train: Score  # while the weights were still moving
    held: Score  # on the validation images, or the test images where none are held back
    evidence: float | None  # log p(x) while training, where the objective computes it
    encoded: Posterior  # the test set on the plane: mean (N, 2) and so on, on the CPU


def sums(terms: Terms) -> Tensor:
    """(2,) Reconstruction and KL summed over the batch, without leaving the device."""
    return torch.stack([terms.reconstruction.detach().sum(), terms.kl.detach().sum()])


def mean_score(total: Tensor, count: int) -> Score:
    """Sums over `count` images -> means."""
    reconstruction, kl = (total / count).tolist()
    return Score(-(reconstruction + kl), reconstruction, kl)


@torch.inference_mode()
def evaluate(model: VAE, images: Tensor) -> tuple[Score, Posterior]:
    """The bound on a set of images, with one sample of z for each and always the same noise.

    In fp32: this is what is kept and shown.

    Args:
        images: (N, side, side) floats, as `pixels.observe` gives them.
    """
    generator = torch.Generator(model.device).manual_seed(0)
    total, parts = torch.zeros(2, device=model.device), []
    for batch in images.split(1000):
        posterior = model.posterior(batch)
        total += sums(elbo(model, batch, generator, posterior))
        parts.append(posterior)
    return mean_score(total, len(images)), concatenate(parts)


def _refuse_divergence(epoch: int, *figures: Tensor | None) -> None:
    if not all(torch.isfinite(figure).all() for figure in figures if figure is not None):
        raise TrainingError(
            f"The loss stopped being a number in epoch {epoch}: the steps were too large. "
            "Start again with a smaller learning rate; the epochs before this one are kept."
        )


class Course:
    """A number of epochs under one schedule."""

    def __init__(self, model: VAE, config: TrainConfig, data: Dataset) -> None:
        self.model, self.config = model, config
        self.precision = resolve_precision(config.precision, model.device)
        self.generator = torch.Generator(model.device).manual_seed(config.seed)
        train, held = hold_back(data, config.validation)
        self.batches = Batches(train.images, model.config, config, self.generator)
        self.held = observe(held.images, model.config).to(model.device)
        same = held is data.test
        self.test = self.held if same else observe(data.test.images, model.config).to(model.device)
        self.optimiser = optimiser.build(model.parameters(), config)
        self.steps = config.epochs * self.batches.steps
        self.schedule = optimiser.schedule(self.optimiser, config, self.steps)
        self.taken = 0

    def learn(self, found: Step) -> None:
        """Take one step of the optimiser."""
        self.optimiser.zero_grad(set_to_none=True)
        found.loss.backward()
        self.optimiser.step()
        self.schedule.step()
        self.taken += 1

    def _train(self, before: int) -> tuple[Tensor, Tensor | None]:
        total, evidence = torch.zeros(2, device=self.model.device), None
        for images in self.batches.epoch(before / self.config.epochs):
            with autocast(self.model.device, self.precision):
                found = step(
                    self.model, self.config, images, self.taken / self.steps, self.generator
                )
            self.learn(found)
            total += sums(found.terms)
            if found.evidence is not None:
                evidence = found.evidence.detach().sum() + (0 if evidence is None else evidence)
        return total, evidence

    def judge(self) -> tuple[Score, Posterior]:
        """The score on the images held back, and the test set on the plane, on the CPU."""
        judged, encoded = evaluate(self.model, self.held)
        if self.test is not self.held:
            encoded = place(self.model, self.test)
        return judged, encoded.cpu()

    def epoch(self, number: int, before: int) -> Report:
        """Train one epoch.

        Args:
            number: of the epoch in the report.
            before: how many went before it in this course.
        """
        start = time.perf_counter()
        self.model.train()
        total, evidence = self._train(before)
        self.model.eval()
        count = len(self.batches.images)
        judged, encoded = self.judge()
        _refuse_divergence(number, total, evidence, torch.tensor(judged), *encoded)
        return Report(
            number,
            time.perf_counter() - start,
            mean_score(total, count),
            judged,
            None if evidence is None else (evidence / count).item(),
            encoded,
        )


def _copy(model: VAE) -> dict[str, Tensor]:
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def _refit(course: Course, before: int) -> Iterator[Report]:
    model, best, kept = course.model, course.judge(), _copy(course.model)
    for epoch in range(1, course.config.epochs + 1):
        report = course.epoch(before + epoch, epoch - 1)
        moved = _copy(model)
        if report.held.elbo > best[0].elbo:
            best, kept = (report.held, report.encoded), moved
        model.load_state_dict(kept)
        yield report._replace(held=best[0], encoded=best[1])
        if epoch < course.config.epochs:
            model.load_state_dict(moved)


def refit(model: VAE, config: TrainConfig, data: Dataset) -> Iterator[Report]:
    """Train the encoder alone by the ELBO, the decoder being what it is.

    The large steps in the middle of the cycle may make it worse for a while. Whenever a report is
    handed out, the model is as it was after its best epoch on the held-back images; or as it came.

    Raises:
        TrainingError: if the loss stops being a number.
    """
    alone = replace(
        config,
        objective="elbo",
        beta=1.0,
        warm_up=0,
        epochs=config.refit_epochs,
        learning_rate=config.learning_rate / 2,
        seed=(config.seed + 1) % 2**31,
    )
    fixed = (model.decoder, model.likelihood)
    try:
        for part in fixed:
            part.requires_grad_(False)
        yield from _refit(Course(model, alone, data), config.epochs)
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
    course = Course(model, config, data)
    for epoch in range(1, config.epochs + 1):
        yield course.epoch(epoch, epoch - 1)
    if config.refit_epochs:
        yield from refit(model, config, data)
