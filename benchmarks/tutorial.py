"""A VAE as the tutorials train it: what people copy, and what our training is measured against.

The way of PyTorch's public VAE example: torchvision's data set through a DataLoader that turns
each picture into a tensor by itself, fp32, Adam with 1e-3, batches of 128. The example's latent
space has 20 dimensions; here it has our two, so that both ways train the same model.
"""

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae.data import sets
from vae.device import resolve

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


def epochs(seed: int = 0) -> Iterator[tuple[float, float]]:
    """Train for as long as somebody asks: seconds of an epoch, its test included, and test loss."""
    from torchvision import datasets, transforms

    torch.manual_seed(seed)
    loaders: dict[bool, Any] = {
        train: torch.utils.data.DataLoader(
            datasets.MNIST(str(sets.root()), train=train, transform=transforms.ToTensor()),
            batch_size=BATCH,
            shuffle=train,
        )
        for train in (True, False)
    }
    device = resolve()
    model = Tutorial().to(device)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    while True:
        start = time.perf_counter()
        model.train()
        for images, _ in loaders[True]:
            optimiser.zero_grad()
            images = images.to(device)
            loss = cost(images, *model(images))
            loss.backward()
            optimiser.step()
        model.eval()
        with torch.no_grad():
            batches = (images.to(device) for images, _ in loaders[False])
            total = sum(cost(images, *model(images)).item() for images in batches)
        yield time.perf_counter() - start, total / 10_000
