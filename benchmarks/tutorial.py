"""A VAE as the tutorials train it: what people copy, and what our training is measured against.

The way of PyTorch's public VAE example: torchvision's data set through a DataLoader that turns
each picture into a tensor by itself, fp32, Adam with 1e-3, batches of 128. The example's latent
space has 20 dimensions; here it has our two, so that both ways train the same model.

    python -m benchmarks.tutorial SEED FOLDER      # trains until it is stopped
    python -m benchmarks.tutorial SEED FOLDER conv # a network of our recipes instead, the same way
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks import contender
from vae.data import sets
from vae.device import resolve
from vae.model import VAE
from vae.objective import elbo
from vae.recipes import recipe

BATCH, LEARNING_RATE, HIDDEN = 128, 1e-3, 400


class Tutorial(nn.Module):
    """784-400-2-400-784."""

    def __init__(self) -> None:
        super().__init__()
        self.into = nn.Linear(784, HIDDEN)
        self.mean, self.log_var = nn.Linear(HIDDEN, 2), nn.Linear(HIDDEN, 2)
        self.back, self.out = nn.Linear(2, HIDDEN), nn.Linear(HIDDEN, 784)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 1, 28, 28) -> pixels (N, 784), mean and log-variance (N, 2)."""
        hidden = F.relu(self.into(images.view(-1, 784)))
        mean, log_var = self.mean(hidden), self.log_var(hidden)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        return torch.sigmoid(self.out(F.relu(self.back(z)))), mean, log_var


def cost(images: Tensor, pixels: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """() The negative ELBO, summed over the batch."""
    entropy = F.binary_cross_entropy(pixels, images.view(-1, 784), reduction="sum")
    return entropy - 0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())


Cost = Callable[[Tensor], Tensor]  # of images (N, 1, 28, 28), summed over them


def epochs(
    seed: int = 0, after: contender.After = contender.nothing
) -> Iterator[tuple[float, float]]:
    """Train for as long as somebody asks: seconds of an epoch, its test included, and test loss."""
    torch.manual_seed(seed)
    model = Tutorial().to(resolve())
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    return _train(model, optimiser, lambda images: cost(images, *model(images)), after)


def network(
    name: str, seed: int = 0, after: contender.After = contender.nothing
) -> Iterator[tuple[float, float]]:
    """The same for the network, likelihood and optimiser of a recipe for grey levels."""
    config = recipe(name)
    torch.manual_seed(seed)
    model = VAE(config.model).to(resolve())
    rate = config.train.learning_rate
    optimiser = (
        torch.optim.RMSprop(model.parameters(), rate, alpha=0.9, eps=1e-7)
        if config.train.optimiser == "rmsprop"
        else torch.optim.Adam(model.parameters(), rate)
    )

    def of(images: Tensor) -> Tensor:
        return elbo(model, images[:, 0]).loss(config.train.beta) * len(images)

    return _train(model, optimiser, of, after)


def _train(
    model: nn.Module, optimiser: torch.optim.Optimizer, of: Cost, after: contender.After
) -> Iterator[tuple[float, float]]:
    from torchvision import datasets, transforms

    loaders: dict[bool, Any] = {
        train: torch.utils.data.DataLoader(
            datasets.MNIST(str(sets.root()), train=train, transform=transforms.ToTensor()),
            batch_size=BATCH,
            shuffle=train,
        )
        for train in (True, False)
    }
    device = resolve()
    while True:
        start = time.perf_counter()
        model.train()
        for images, _ in loaders[True]:
            optimiser.zero_grad()
            of(images.to(device)).backward()
            optimiser.step()
        model.eval()
        with torch.no_grad():
            loss = sum(of(images.to(device)).item() for images, _ in loaders[False]) / 10_000
        seconds = time.perf_counter() - start
        after(model, loss)
        yield seconds, loss


def main(words: list[str]) -> None:
    """Train for as long as nobody ends this process."""
    seed, after = int(words[0]), contender.keeping(Path(words[1]))
    for _ in network(words[2], seed, after) if words[2:] else epochs(seed, after):
        pass


if __name__ == "__main__":
    main(sys.argv[1:])
