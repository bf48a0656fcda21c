"""The true posterior of one image: how long it takes, and how far a finer search is from it.

    python -m benchmarks.truth

Sixteen test digits of each committed model. A finer search begins with twice the cells a side and
divides four times as many at each step.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from tests.support.pictures import mnist
from vae import library, quadtree
from vae.data.pixels import observe
from vae.model import VAE
from vae.store import checkpoint

COUNT = 16
SETTINGS = {"SIDE": 2, "SIDE_CONV": 2, "DIVIDED": 4, "DIVIDED_CONV": 4}  # times what is usual


@contextmanager
def finer_search() -> Iterator[None]:
    """Twice the cells a side at first, and four times as many divided at each step."""
    before = {name: getattr(quadtree, name) for name in SETTINGS}
    for name, factor in SETTINGS.items():
        setattr(quadtree, name, factor * before[name])
    yield
    for name, value in before.items():
        setattr(quadtree, name, value)


def evidence(model: VAE, image: torch.Tensor) -> tuple[float, float]:
    """log p(x), and seconds."""
    start = time.perf_counter()
    *_, (found, _) = quadtree.refinements(model, image)
    return found.log_evidence.item(), time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    images = torch.from_numpy(mnist()[0][:COUNT])
    for name, path in library.checkpoints().items():
        found = checkpoint.load(path)
        if found.config.train.dataset != "mnist":
            continue
        seen = observe(images, found.config.model)
        usual = [evidence(found.model, image) for image in seen]
        with finer_search():
            finer = [evidence(found.model, image) for image in seen]
        apart = max(abs(a - b) for (a, _), (b, _) in zip(usual, finer, strict=True))
        seconds = [took for _, took in usual]
        print(
            f"{name:<16}{statistics.median(seconds):6.2f} s, the slowest {max(seconds):.2f} s; "
            f"at most {apart:.4f} nats from a finer search",
            flush=True,
        )


if __name__ == "__main__":
    main()
