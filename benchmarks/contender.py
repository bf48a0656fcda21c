"""What a contender of the speedrun says after each epoch: its weights are kept, and its bound."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

After = Callable[[nn.Module, float], None]  # takes a model after an epoch, and its test loss


def keeping(folder: Path) -> After:
    """Keeps an epoch's weights and then prints a line of JSON, as `vae train --json` does."""

    def keep(model: nn.Module, loss: float) -> None:
        torch.save(model.state_dict(), folder / "model.pt")
        print(json.dumps({"held_elbo": -loss}), flush=True)

    return keep


def nothing(_model: nn.Module, _loss: float) -> None:
    """Keeps nothing."""
