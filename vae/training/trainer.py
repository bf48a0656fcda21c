"""A model, its optimiser and its data over a number of epochs, one step at a time.

All that a step depends on is in the trainer's state, so that a training which is taken up from
there ends with the same bytes as one that was never interrupted.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae.codec import encode
from vae.config import TrainConfig
from vae.data.pixels import observe_set
from vae.data.sets import Dataset, hold_back
from vae.device import autocast, resolve_precision
from vae.errors import TrainingError
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.training import optimiser, schedule
from vae.training.average import Average
from vae.training.batches import Batches
from vae.training.candidates import Candidates
from vae.training.group import Group, Shared
from vae.training.loss import BatchLoss, batch_loss, beta
from vae.training.scores import Evaluation, Score, evaluate

TRAIN_SCORED = 2000  # training images that are scored after each epoch, evenly spaced in the set


class Step(NamedTuple):
    """What one step of the optimiser has come to: of its batch, before the weights moved."""

    number: int  # in the life of the run; 1 is the first
    images: int  # in the batch
    figures: Tensor  # (3,) loss, reconstruction and KL, means in nats; on the model's device


class Report(NamedTuple):
    """What is known after an epoch."""

    epoch: int  # 1 is the first
    seconds: float  # spent on this epoch, its scores included
    train: Score  # as in `Evaluation`
    held: Score
    evidence: float | None  # mean log p(x) over the epoch's steps, where the objective has it
    encoded: Posterior


class State(NamedTuple):
    """All that the rest of a training depends on."""

    tensors: dict[str, Tensor]
    numbers: dict[str, Any]  # what JSON can hold


class Trainer:
    """A model, its optimiser and its data over a number of epochs under one schedule."""

    def __init__(
        self, model: VAE, config: TrainConfig, data: Dataset, group: Group | None = None
    ) -> None:
        """Args: group: the processes that train the model together, if there are more than this."""
        self.model, self.config, self.group = model, config, group
        self.precision = resolve_precision(config.precision, model.device)
        self.generator = torch.Generator(model.device).manual_seed(config.seed)
        train, held = hold_back(data, config.validation)
        shown = train.images
        if config.drawn:
            # Imported here because it takes SciPy's splines, and one recipe alone has them.
            from vae.training.drawn import drawn

            shown = torch.cat([shown, drawn(config.drawn, config.seed)])
        self.batches = Batches(shown, model.config, config, self.generator)
        self.train = self._observe(train.images[:: -(-len(train.images) // TRAIN_SCORED)])
        self.held = self._observe(held.images)
        self.test = self.held if held is data.test else self._observe(data.test.images)
        self.optimiser = optimiser.build(model.parameters(), config)
        self.candidates = Candidates(model, config.seed)
        self.shared = Shared(group, config, self.candidates) if group else None
        self.average = Average(model, config.ema) if config.ema else None
        self.steps = config.epochs * self.batches.steps
        self.steps_taken = 0
        self.epochs_done = 0
        self._begin()

    @property
    def shown(self) -> VAE:
        """The model that is judged, kept and shown: of the averaged weights, where they are."""
        return self.average.model if self.average else self.model

    def _observe(self, images: Tensor) -> Tensor:
        return observe_set(images, self.model.config).to(self.model.device)

    def _begin(self) -> None:
        self.order: Tensor | None = None  # of the epoch that is under way
        self.batches_done = 0  # in that epoch
        self.seconds = 0.0  # that its steps took
        self.total = torch.zeros((), device=self.model.device)
        self.evidence: Tensor | None = None

    def epoch(self) -> Iterator[Step]:
        """The steps of the next epoch, or those that are left of the one under way."""
        self.model.train()
        if self.order is None:
            self.order = self.batches.order()
        start = time.perf_counter()
        progress = self.epochs_done / self.config.epochs
        for images in self.batches.epoch(self.order, progress, self.batches_done):
            figures = self._step(images)
            self.batches_done += 1
            self.seconds += time.perf_counter() - start
            yield Step(self.steps_taken, len(images), figures)
            start = time.perf_counter()

    def _step(self, images: Tensor) -> Tensor:
        progress = self.steps_taken / self.steps
        with autocast(self.model.device, self.precision):
            found = self._loss(images, progress)
        self.update(found.loss)
        loss = found.loss.detach()
        self.total += loss
        if found.evidence is not None:
            before = 0 if self.evidence is None else self.evidence
            self.evidence = found.evidence.detach().sum() + before
        return torch.cat([loss[None], found.terms])

    def _loss(self, images: Tensor, progress: float) -> BatchLoss:
        if self.shared:
            return self.shared(self.config, images, progress, self.steps_taken)
        return batch_loss(
            self.model, self.config, images, progress, self.generator, self.candidates
        )

    @property
    def learning_rate(self) -> float:
        """What the schedule makes of the largest rate for the next step."""
        return schedule.learning_rate(self.config, (self.steps_taken + 0.5) / self.steps)

    @property
    def beta(self) -> float:
        """The weight of the KL in the next step."""
        return beta(self.config, self.steps_taken / self.steps)

    def update(self, loss: Tensor) -> None:
        """Take one step of the optimiser."""
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step(self.learning_rate)
        self.steps_taken += 1
        if self.average:
            self.average.follow(self.model, self.steps_taken)

    def evaluate(self) -> Evaluation:
        """The scores of the model that is shown, and the test set on its plane."""
        train, _ = evaluate(self.shown, self.train)
        held, encoded = evaluate(self.shown, self.held)
        if self.test is not self.held:
            encoded = encode(self.shown, self.test)
        if self.group:  # what is decided by the scores is decided alike everywhere
            told = self.group.first([*train, *held])
            train, held = Score(*told[:3]), Score(*told[3:])
        return Evaluation(train, held, encoded.cpu())

    def report(self, number: int) -> Report:
        """End the epoch whose steps have been taken.

        Args:
            number: of the epoch in the report.

        Raises:
            TrainingError: if a loss, or what the model then gives, is not a number.
        """
        start = time.perf_counter()
        self.model.eval()
        found = self.evaluate()
        scores = torch.tensor([*found.train, *found.held])
        refuse_divergence(number, self.total, self.evidence, scores, *found.encoded)
        seconds = self.seconds + time.perf_counter() - start
        images = len(self.batches.images)
        mean = None if self.evidence is None else (self.evidence / images).item()
        self.epochs_done += 1
        self._begin()
        if self.average and self.epochs_done == self.config.epochs:
            self.model.load_state_dict(self.average.state())
        return Report(number, seconds, found.train, found.held, mean, found.encoded)

    def state(self) -> State:
        """All that the steps to come depend on, the weights included; a copy."""
        decoded, candidates = self.candidates.state()
        tensors = {
            **{f"model.{name}": weight for name, weight in self.model.state_dict().items()},
            **{f"optimiser.{name}": kept for name, kept in self.optimiser.state().items()},
            **{f"candidates.{name}": kept for name, kept in decoded.items()},
            "random": self.generator.get_state(),
            "total": self.total,
        }
        if self.average:
            tensors |= {f"average.{name}": kept for name, kept in self.average.state().items()}
        if self.order is not None:
            tensors["order"] = self.order
        if self.evidence is not None:
            tensors["evidence"] = self.evidence
        numbers = {
            "steps_taken": self.steps_taken,
            "epochs_done": self.epochs_done,
            "batches_done": self.batches_done,
            "candidates": candidates,
            "seconds": self.seconds,
            "precision": self.precision,  # `auto` might choose another the next time
        }
        # A copy of its own on the CPU, since training goes on in place.
        return State({k: v.detach().to("cpu", copy=True) for k, v in tensors.items()}, numbers)

    def restore(self, state: State) -> None:
        """Go on from there.

        Raises:
            KeyError, RuntimeError, ValueError: if it is the state of another training.
        """
        tensors, device = state.tensors, self.model.device
        self.model.load_state_dict(_under("model.", tensors))
        if state.numbers["steps_taken"]:  # before the first an earlier version kept nothing of it
            self.optimiser.restore(_under("optimiser.", tensors))
        # A run that an earlier version began has none; it goes on with new ones.
        candidates = state.numbers.get("candidates", [0, 0, 0])
        self.candidates.restore(_under("candidates.", tensors), candidates)
        if self.average:
            self.average.restore(_under("average.", tensors))
        self.generator.set_state(tensors["random"])
        self.total = tensors["total"].to(device)
        self.order = tensors["order"].to(device) if "order" in tensors else None
        self.evidence = tensors["evidence"].to(device) if "evidence" in tensors else None
        self.steps_taken = state.numbers["steps_taken"]
        self.epochs_done = state.numbers["epochs_done"]
        self.batches_done = state.numbers["batches_done"]
        self.seconds = state.numbers["seconds"]
        self.precision = state.numbers["precision"]


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under a prefix; clones, because a file's memory is not aligned as torch's is."""
    return {k[len(prefix) :]: v.clone() for k, v in tensors.items() if k.startswith(prefix)}


def refuse_divergence(epoch: int, *figures: Tensor | None) -> None:
    """Check that all figures are finite.

    Raises:
        TrainingError: if not.
    """
    if not all(torch.isfinite(figure).all() for figure in figures if figure is not None):
        raise TrainingError(
            f"The loss stopped being a number in epoch {epoch}: the steps were too large. "
            "Start again with a smaller learning rate; the epochs before this one are kept."
        )
