"""The optimisers: how a gradient becomes a step."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.adam import adam as torch_adam
from torch.optim.rmsprop import rmsprop as torch_rmsprop

from vae.config import TrainConfig


class Moved(NamedTuple):
    """The weights that have a gradient, and what is kept of each."""

    weights: list[Tensor]
    gradients: list[Tensor]
    averages: list[list[Tensor]]  # of each kind those of all weights
    steps: list[Tensor]  # () each, how many there were


class Optimiser:
    """Weights, and the averages of their gradients that the steps depend on.

    Computed by torch's own functions. Its classes would import the compiler first, which takes
    longer than torch itself.
    """

    AVERAGES: ClassVar[tuple[str, ...]]  # what is kept for each weight, beside its count of steps

    def __init__(self, weights: list[Tensor], config: TrainConfig) -> None:
        """Args: weights: all that require a gradient; they are changed in place."""
        self.weights, self.config = weights, config
        self.averages = {
            name: [torch.zeros_like(weight) for weight in weights] for name in self.AVERAGES
        }
        self.steps = [torch.zeros((), device=_clock(weight)) for weight in weights]

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Change the weights by their gradients; one without a gradient stays as it is."""
        chosen = [i for i, weight in enumerate(self.weights) if weight.grad is not None]
        weights = [self.weights[i] for i in chosen]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        averages = [[kept[i] for i in chosen] for kept in self.averages.values()]
        if chosen:
            steps = [self.steps[i] for i in chosen]
            self._step(Moved(weights, gradients, averages, steps), learning_rate)

    def _step(self, moved: Moved, learning_rate: float) -> None:
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for weight in self.weights:
            weight.grad = None

    def state(self) -> dict[str, Tensor]:
        """All that the steps to come depend on, beside the weights; not copied."""
        return {
            f"{index}.{name}": kept[index]
            for name, kept in (("step", self.steps), *self.averages.items())
            for index in range(len(self.weights))
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there.

        Raises:
            KeyError, RuntimeError: if it is the state of other weights.
        """
        for name, kept in self.state().items():
            kept.copy_(state[name])


def _clock(weight: Tensor) -> torch.device:
    """Where steps are counted: beside the weight, where torch has one kernel for the whole step."""
    return weight.device if weight.device.type in ("cpu", "cuda") else torch.device("cpu")


class Adam(Optimiser):
    """Adam; with a weight decay that does not pass through its averages, AdamW.

    Source: Kingma & Ba 2015, arXiv:1412.6980; Loshchilov & Hutter 2019, arXiv:1711.05101.
    """

    AVERAGES = ("exp_avg", "exp_avg_sq")

    def _step(self, moved: Moved, learning_rate: float) -> None:
        means, squares = moved.averages
        decoupled = self.config.optimiser == "adamw"
        torch_adam(
            moved.weights,
            moved.gradients,
            means,
            squares,
            [],
            moved.steps,
            fused=all(weight.device.type in ("cpu", "cuda") for weight in moved.weights),
            decoupled_weight_decay=decoupled,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=learning_rate,
            weight_decay=self.config.weight_decay if decoupled else 0.0,
            eps=1e-8,
            maximize=False,
        )


class RMSprop(Optimiser):
    """RMSprop with Keras's settings, which the articles rely on: alpha is 0.9 there, 0.99 in torch.

    Source: Tieleman & Hinton 2012, lecture 6.5 of "Neural networks for machine learning".
    """

    AVERAGES = ("square_avg",)

    def _step(self, moved: Moved, learning_rate: float) -> None:
        (squares,) = moved.averages
        torch_rmsprop(
            moved.weights,
            moved.gradients,
            squares,
            [],
            [],
            moved.steps,
            lr=learning_rate,
            alpha=0.9,
            eps=1e-7,
            weight_decay=0.0,
            momentum=0.0,
            centered=False,
        )


def build(weights: Iterable[nn.Parameter], config: TrainConfig) -> Optimiser:
    """The optimiser that a configuration names, for the weights that require a gradient."""
    chosen: list[Tensor] = [weight for weight in weights if weight.requires_grad]
    return (RMSprop if config.optimiser == "rmsprop" else Adam)(chosen, config)
