"""What is lost where an exact likelihood takes few points of a lattice, by how they are chosen.

    python -m benchmarks.candidates [CHECKPOINT] [--json]

Batches of training images under a trained model: how much posterior mass the chosen points hold,
and how much lower log p(x) comes out than from the whole lattice. Each way has as many points as a
step of a training (`vae/training/candidates.py`).

    all         the heaviest of all points, each decoded
    coarse      those around the heaviest of a lattice of a quarter of the points
    cells       those in the cells that the encoder thinks likeliest
"""

import argparse
import json
from collections.abc import Iterator
from statistics import mean

import torch
from torch import Tensor

from vae import library, memory
from vae.data import sets
from vae.data.pixels import binarise, to_floats
from vae.lattice import lattice
from vae.model import VAE
from vae.nn.heads import CellsHead
from vae.store import checkpoint
from vae.training.candidates import KEPT

POINTS, BATCH, BATCHES = 4096, 500, 6


def ways(model: VAE, images: Tensor, places: Tensor, table: Tensor) -> Iterator[tuple[str, Tensor]]:
    """The weight of each point of the lattice by each way of choosing: (POINTS,).

    Args:
        places: (POINTS, 2)
        table: (N, POINTS) log p(x|z)
    """
    yield "all", table.softmax(1).sum(0)
    coarse = lattice(POINTS // 4)
    near = torch.cdist(places, coarse).argmin(1)
    yield "coarse", _around(model.likelihood.table(images, _logits(model, coarse)), near)
    if isinstance(model.head, CellsHead):
        near = torch.cdist(places, model.head.anchors).argmin(1)
        yield "cells", _around(model.head.choice(model.encoder(images)).float(), near)


def _around(scores: Tensor, near: Tensor) -> Tensor:
    """Each point's part of the mass of what it is nearest to."""
    mass = scores.softmax(1).sum(0)
    return (mass / torch.bincount(near, minlength=len(mass)).clamp(min=1))[near]


def _logits(model: VAE, places: Tensor) -> Tensor:
    return torch.cat([model.logits(part) for part in places.split(1024)])


@torch.inference_mode()
def measure(name: str) -> dict[str, dict[str, float]]:
    """By way of choosing: mass held, a part of 1, and nats lost, both per image."""
    found: dict[str, list[tuple[float, float]]] = {}
    model = checkpoint.load(library.find(name)).model.eval()
    random = torch.Generator().manual_seed(0)
    train, _ = sets.hold_back(sets.load("mnist"), 10_000)
    for _ in range(BATCHES):
        chosen = torch.randperm(len(train.images), generator=random)[:BATCH]
        images = binarise(to_floats(train.images[chosen], model.device), random)
        places = lattice(POINTS, torch.rand(2, dtype=torch.float64, generator=random))
        table = model.likelihood.table(images, _logits(model, places))
        for way, weight in ways(model, images, places, table):
            kept = weight.topk(KEPT).indices
            lost = (table.logsumexp(1) - table[:, kept].logsumexp(1)).mean().item()
            mass = table.softmax(1)[:, kept].sum(1).mean().item()
            found.setdefault(way, []).append((mass, lost))
    return {
        way: {"mass": mean(m for m, _ in rows), "lost": mean(lost for _, lost in rows)}
        for way, rows in found.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", nargs="?", default="mnist")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    memory.keep()
    found = measure(asked.checkpoint)
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{KEPT} of {POINTS} points for {BATCH} images, {BATCHES} batches")
    for way, row in found.items():
        print(f"  {way:<10}{row['mass']:8.1%} of the mass   {row['lost']:7.3f} nats lost")


if __name__ == "__main__":
    main()
