"""A plain convolutional classifier of MNIST: a judge that knows nothing of the models.

    python -m benchmarks.classifier --keep FOLDER

Trained on the 60,000 training images, each bent a little every time (turned, slanted, scaled,
shifted), in about two minutes on one thread; prints the share of test images that it reads. What is
kept in FOLDER is loaded the next time.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae.data import sets

EPOCHS, BATCH, RATE = 4, 200, 2e-3
TURN, SLANT, SCALE, SHIFT = 0.15, 0.2, 0.1, 2.0  # radians, tangent, share, pixels: at the most
FILE = "classifier.safetensors"


def build() -> nn.Sequential:
    """Three convolutions and two dense layers; (N, 1, 28, 28) in [0, 1] -> (N, 10) logits."""
    widths = (1, 16, 32, 64)
    blocks: list[nn.Module] = []
    for before, after in pairwise(widths):
        blocks += [
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
    return nn.Sequential(
        *blocks, nn.Flatten(), nn.Linear(576, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10)
    )


def bend(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned, slanted, scaled and shifted a little, differently each time."""

    def drawn(most: float) -> Tensor:
        return most * (2 * torch.rand(len(images), generator=generator) - 1)

    angle, slant = drawn(TURN), drawn(SLANT)
    across, down = 1 + drawn(SCALE), 1 + drawn(SCALE)
    rows = torch.stack(
        [
            across * angle.cos(),
            across * (slant * angle.cos() - angle.sin()),
            drawn(2 * SHIFT / 28),
            down * angle.sin(),
            down * (slant * angle.sin() + angle.cos()),
            drawn(2 * SHIFT / 28),
        ],
        1,
    )
    grid = F.affine_grid(rows.view(-1, 2, 3), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def train(seed: int = 0) -> nn.Sequential:
    """A classifier of MNIST's training images."""
    found = sets.load("mnist").train
    images, labels = found.images.float().div(255)[:, None], found.labels.long()
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    network = build()
    steps = EPOCHS * len(images) // BATCH
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(images), generator=generator).split(BATCH):
            loss = F.cross_entropy(network(bend(images[rows], generator)), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def kept(folder: Path | None) -> nn.Sequential:
    """The classifier of a folder; trained, and kept there, where there is none yet."""
    if folder and (folder / FILE).is_file():
        network = build().eval()
        network.load_state_dict(safetensors.torch.load_file(folder / FILE))
        return network
    network = train()
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        safetensors.torch.save_file(network.state_dict(), folder / FILE)
    return network


@torch.inference_mode()
def classify(network: nn.Sequential, images: Tensor) -> Tensor:
    """(N,) classes of images (N, 28, 28) uint8."""
    parts = images.float().div(255)[:, None].split(1000)
    return torch.cat([network(part).argmax(1) for part in parts])


def main() -> None:
    """Train or load, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", type=Path, help="a folder")
    torch.set_num_threads(1)
    test = sets.load_test("mnist")
    right = classify(kept(parser.parse_args().keep), test.images) == test.labels
    print(f"{right.float().mean():.2%} of the test images are read as what they are")


if __name__ == "__main__":
    main()
