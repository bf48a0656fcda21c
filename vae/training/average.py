"""The moving average of a model's weights over the steps of its training.

While the steps are large, the weights of each are off in some direction, and their average is
better than any of them, as if the steps had become small already.

Source: Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging".
"""

from collections.abc import Mapping
from copy import deepcopy

import torch
from torch import Tensor

from vae.model import VAE


class Average:
    """A model whose weights follow those of one in training."""

    def __init__(self, model: VAE, decay: float) -> None:
        """Args: decay: the part of the average that a step keeps, once there are many."""
        self.model = deepcopy(model).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def follow(self, model: VAE, steps: int) -> None:
        """Take in the weights after a step.

        Args:
            steps: taken so far. At first the average forgets sooner, or it would be of the start.
        """
        decay = min(self.decay, (1 + steps) / (10 + steps))
        for kept, weight in zip(self.model.parameters(), model.parameters(), strict=True):
            kept.lerp_(weight, 1 - decay)

    def state(self) -> dict[str, Tensor]:
        """The averages, by the weights' names; not copied."""
        return self.model.state_dict()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there.

        Raises:
            RuntimeError: if it is the state of another model.
        """
        self.model.load_state_dict(state)
