"""A whole training as an iterator: of its steps, and of a report after each epoch.

Whoever takes the items prints, stores or stops; one who takes no more has paused it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from torch import Tensor

from vae.config import TrainConfig
from vae.data.sets import Dataset
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.training.group import Group
from vae.training.scores import Evaluation, Score
from vae.training.trainer import Report, State, Step, Trainer


class _Refit(NamedTuple):
    """The best encoder so far, of those that a refit has come to."""

    found: Evaluation
    weights: dict[str, Tensor]


class Training:
    """The epochs of the whole model, and then those of the encoder alone.

    The encoder alone is trained by the ELBO, with the decoder frozen. The large steps in the
    middle of its cycle may make it worse for a while: whenever a report is handed out, the model
    has the weights of the epoch with the best ELBO on the held-back images, or those it came with,
    and the report its scores.
    """

    def __init__(
        self, model: VAE, config: TrainConfig, data: Dataset, group: Group | None = None
    ) -> None:
        """Args: group: the processes that train the model together, if there are more than this."""
        self.model, self.config, self.data, self.group = model, config, data, group
        self.trainer = Trainer(model, config, data, group)
        self.best: _Refit | None = None  # once the encoder is trained alone
        self.moved: dict[str, Tensor] | None = None  # weights to go on from after a report
        self.steps = config.all_epochs * self.trainer.batches.steps

    @property
    def shown(self) -> VAE:
        """The model that is judged, kept and shown; at the end it is the one in training."""
        return self.trainer.shown

    @property
    def step(self) -> int:
        """Steps taken so far, of `steps`."""
        before = self.config.epochs * self.trainer.batches.steps if self.best else 0
        return before + self.trainer.steps_taken

    @property
    def left(self) -> int:
        """Steps to come."""
        return self.steps - self.step

    @property
    def epoch(self) -> int:
        """Epochs finished so far."""
        return self.trainer.epochs_done + (self.config.epochs if self.best else 0)

    @property
    def part(self) -> float:
        """Part of the epoch under way, in [0, 1]."""
        return self.trainer.batches_done / self.trainer.batches.steps

    def run(self) -> Iterator[Step | Report]:
        """Train in place, from where the training stands to its end.

        The model is in evaluation mode whenever a report is handed out.

        Raises:
            TrainingError: if the loss stops being a number.
        """
        while not self.best and self.trainer.epochs_done < self.config.epochs:
            yield from self.trainer.epoch()
            yield self.trainer.report(self.trainer.epochs_done + 1)
        if self.config.refit_epochs:
            yield from self._refit()

    def _refit(self) -> Iterator[Step | Report]:
        try:
            if not self.best:
                self.begin_refit()
            while self.trainer.epochs_done < self.config.refit_epochs:
                for step in self.trainer.epoch():
                    yield step._replace(number=self.step)
                yield self._best_report()
                if self.moved and self.trainer.epochs_done < self.config.refit_epochs:
                    self.model.load_state_dict(self.moved)
                self.moved = None
        finally:
            self._freeze(False)

    def begin_refit(self) -> None:
        """Go on with the encoder alone."""
        self._freeze(True)
        precision = self.trainer.precision  # which `auto` might choose otherwise now
        self.trainer = Trainer(self.model, alone(self.config), self.data, self.group)
        self.trainer.precision = precision
        self.best = _Refit(self.trainer.evaluate(), copy(self.model))

    def _freeze(self, frozen: bool) -> None:
        for part in (self.model.decoder, self.model.likelihood):
            part.requires_grad_(not frozen)

    def _best_report(self) -> Report:
        assert self.best
        report = self.trainer.report(self.epoch + 1)
        self.moved = copy(self.model)
        if report.held.elbo > self.best.found.held.elbo:
            found = Evaluation(report.train, report.held, report.encoded)
            self.best = _Refit(found, self.moved)
        self.model.load_state_dict(self.best.weights)
        train, held, encoded = self.best.found
        return report._replace(train=train, held=held, encoded=encoded)

    def change(self, name: str, value: float) -> None:
        """Set `learning_rate` or `beta` anew for the steps to come.

        Raises:
            ConfigError: if the value is out of its bounds, or the objective has no use for it.
        """
        self.config = replace(self.config, **{name: value})
        self.trainer.config = alone(self.config) if self.best else self.config

    def state(self) -> State:
        """All that the rest of the training depends on; a copy."""
        tensors, numbers = self.trainer.state()
        if self.moved:
            tensors |= {f"model.{name}": _kept(weight) for name, weight in self.moved.items()}
        if self.best:
            best = {f"best.{name}": weight for name, weight in self.best.weights.items()}
            best |= {f"encoded.{k}": v for k, v in self.best.found.encoded._asdict().items()}
            tensors |= {name: _kept(tensor) for name, tensor in best.items()}
            numbers["best"] = [list(self.best.found.train), list(self.best.found.held)]
        return State(tensors, numbers)

    def restore(self, state: State) -> None:
        """Go on from there.

        Raises:
            KeyError, RuntimeError, TypeError, ValueError: if it is the state of another training.
        """
        if told := state.numbers.get("best"):
            self._freeze(True)
            self.trainer = Trainer(self.model, alone(self.config), self.data, self.group)
            device = self.model.device
            weights = {k: state.tensors[f"best.{k}"].to(device) for k in self.model.state_dict()}
            encoded = Posterior(*(state.tensors[f"encoded.{k}"].clone() for k in Posterior._fields))
            train, held = (Score(*score) for score in told)
            self.best = _Refit(Evaluation(train, held, encoded), weights)
        self.trainer.restore(state)
        if self.best and self.trainer.epochs_done == self.config.refit_epochs:
            self.model.load_state_dict(self.best.weights)


def alone(config: TrainConfig) -> TrainConfig:
    """How the encoder is trained alone, under a configuration of the whole."""
    return replace(
        config,
        objective="elbo",
        beta=1.0,
        warm_up=0,
        epochs=config.refit_epochs,
        restyle=config.refit_restyle,
        learning_rate=config.learning_rate / 2,
        ema=0.0,
        seed=(config.seed + 1) % 2**31,
    )


def copy(model: VAE) -> dict[str, Tensor]:
    """A model's weights, which training does not move."""
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def _kept(tensor: Tensor) -> Tensor:
    """A copy of its own, on the CPU."""
    return tensor.detach().to("cpu", copy=True)


def fit(model: VAE, config: TrainConfig, data: Dataset) -> Iterator[Report]:
    """Train a model, one epoch for each item taken from the iterator.

    The model is trained in place on the device it is on; see `Training.run`.

    Raises:
        TrainingError: if the loss stops being a number.
    """
    return _reports(Training(model, config, data))


def refit(model: VAE, config: TrainConfig, data: Dataset) -> Iterator[Report]:
    """Train the encoder alone, with the decoder frozen; see `Training`.

    Raises:
        TrainingError: if the loss stops being a number.
    """
    training = Training(model, config, data)
    training.begin_refit()
    return _reports(training)


def _reports(training: Training) -> Iterator[Report]:
    return (found for found in training.run() if isinstance(found, Report))
