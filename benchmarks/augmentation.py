"""Whether a classifier learns more from few labels when a VAE draws variations of its images.

    python -m benchmarks.augmentation [--checkpoint NAME] [--quick] [--json]

A convolutional classifier is trained on 100, 600 and 1,000 labelled training images of MNIST, as
many of each class, and tested on its test images. Every way to vary the images takes as many steps
of as many images; where the model draws, half of the images of a step are drawn by it: decoded from
a sample of the encoder's posterior of a labelled image, whose label they keep. The temperature
multiplies the standard deviation of the posterior.

The committed model has itself been trained on 50,000 training images without their labels, so this
is semi-supervised learning. The labelled images are among them.
"""

import argparse
import json
from statistics import mean, stdev

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae import library
from vae.codec import encode
from vae.data import sets
from vae.data.pixels import binarise, enlarge, observe, to_floats
from vae.data.sets import Split, hold_back
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.store import checkpoint

COUNTS, SEEDS = (100, 600, 1000), (0, 1, 2)
STEPS, BATCH = 800, 50
SHIFT = 2  # pixels, at most, in each direction
HELD = 10_000  # training images that the committed model has not seen
WAYS = {  # name -> shifted, share that the model draws, temperature, drawn in black and white
    "no variations": (False, 0.0, 0.0, False),
    "shifts": (True, 0.0, 0.0, False),
    "decoded, temperature 0": (False, 0.5, 0.0, False),
    "decoded, temperature 1": (False, 0.5, 1.0, False),
    "decoded, temperature 3": (False, 0.5, 3.0, False),
    "decoded, temperature 1, Bernoulli draws": (False, 0.5, 1.0, True),
    "shifts and decoded, temperature 1": (True, 0.5, 1.0, False),
}


def classifier() -> nn.Sequential:
    """Two convolutions and two dense layers."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )


def labelled(train: Split, count: int, generator: torch.Generator) -> Split:
    """So many training images, as many of each class."""
    rows = torch.cat(
        [
            members[torch.randperm(len(members), generator=generator)[: count // 10]]
            for members in ((train.labels == digit).nonzero()[:, 0] for digit in range(10))
        ]
    )
    return Split(train.images[rows], train.labels[rows])


def shift(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image moved by whole pixels, up to `SHIFT` each way: (N, 28, 28)."""
    side = images.shape[-1]
    paper = F.pad(images, (SHIFT,) * 4)
    down, right = torch.randint(2 * SHIFT + 1, (2, len(images), 1), generator=generator)
    rows, columns = (start + torch.arange(side) for start in (down, right))  # (N, 28)
    return paper[torch.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None]]


@torch.inference_mode()
def vary(
    model: VAE, posterior: Posterior, temperature: float, generator: torch.Generator
) -> Tensor:
    """A decoded image for each posterior: (N, 28, 28) floats."""
    noise = torch.randn(posterior.mean.shape, generator=generator)
    return enlarge(model.likelihood.mean(model.logits(posterior.at(temperature * noise))))


def accuracy(model: VAE, data: Split, test: Split, way: str, seed: int, steps: int) -> float:
    """Train a classifier in one of the ways: its accuracy on the test images."""
    shifted, share, temperature, drawn = WAYS[way]
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = classifier()
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    images, labels = to_floats(data.images), data.labels.long()
    posterior = encode(model, observe(data.images, model.config))
    for _ in range(steps):
        rows = torch.randint(len(images), (BATCH,), generator=generator)
        shown = images[rows].clone()
        if share:
            some = rows[: round(share * BATCH)]
            made = vary(
                model, Posterior(*(part[some] for part in posterior)), temperature, generator
            )
            shown[: len(some)] = binarise(made, generator) if drawn else made
        if shifted:
            shown = shift(shown, generator)
        loss = F.cross_entropy(network(shown[:, None]), labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    network.eval()
    with torch.inference_mode():
        parts = [network(to_floats(some)[:, None]).argmax(1) for some in test.images.split(1000)]
    return (torch.cat(parts) == test.labels).float().mean().item()


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--checkpoint", default=library.DEFAULT, help="whose variations are used")
    parser.add_argument("--quick", action="store_true", help="50 steps, two seeds, 100 labels")
    parser.add_argument("--json", action="store_true", help="every accuracy as JSON, at the end")
    asked = parser.parse_args()
    model = checkpoint.load(library.find(asked.checkpoint)).model
    data = sets.load("mnist")
    train = hold_back(data, HELD)[0]
    counts, seeds, steps = (COUNTS[:1], SEEDS[:2], 50) if asked.quick else (COUNTS, SEEDS, STEPS)
    print(f"{'accuracy, mean (standard deviation)':<42}", *(f"{count:>15,}" for count in counts))
    found: dict[str, dict[int, list[float]]] = {}
    for way in WAYS:
        found[way] = {}
        print(f"{way:<42}", end="", flush=True)
        for count in counts:
            draws = [labelled(train, count, torch.Generator().manual_seed(s)) for s in seeds]
            each = [
                accuracy(model, draw, data.test, way, seed, steps)
                for seed, draw in zip(seeds, draws, strict=True)
            ]
            found[way][count] = each
            print(f" {mean(each):.4f} ({stdev(each):.4f})", end="", flush=True)
        print()
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
