"""What each instrument of the map takes the first time, and how much shorter the shortest way is.

    python -m benchmarks.first [CHECKPOINT]

Seconds on one thread, as a visitor's request is computed.
"""

import itertools
import sys
import time
from collections.abc import Callable
from statistics import mean
from typing import Any, get_args

import torch

from pages.ui.components.latent_map.pack import class_contours, class_islands
from vae import library
from vae.data import sets
from vae.data.pixels import observe_set
from vae.evaluate import bounds
from vae.latent import overlays
from vae.latent.extent import around
from vae.latent.neighbours import Neighbours
from vae.latent.overlays import FieldName
from vae.latent.paths import Terrain, geodesic, straight
from vae.store import checkpoint


def timed(name: str, compute: Callable[[], Any]) -> Any:
    """What it returns; prints how long it took."""
    start = time.perf_counter()
    found = compute()
    print(f"{name:<32}{time.perf_counter() - start:8.2f} s", flush=True)
    return found


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    found = checkpoint.load(library.find(sys.argv[1] if len(sys.argv) > 1 else library.DEFAULT))
    model, encoded = found.model, found.encoded.mean
    extent = around(encoded)
    timed("contours of the classes", lambda: class_contours(encoded, found.labels, extent))
    for name in get_args(FieldName):
        timed(f"layer: {name}", lambda name=name: overlays.field(name, model, encoded, extent))
    neighbours = Neighbours(encoded, found.labels)
    timed("layer: regions", lambda: overlays.regions(neighbours, encoded, extent))
    terrain = timed("terrain", lambda: Terrain.of(model, extent))
    islands = class_islands(encoded, found.labels, extent)
    places = [torch.tensor(largest) for largest, *_ in filter(None, islands)]
    pairs = list(itertools.combinations(places, 2))
    direct = [straight(model, a, b, 2).length for a, b in pairs]
    geodesics = timed(
        f"{len(pairs)} shortest ways",
        lambda: [geodesic(model, terrain, a, b, 31) for a, b in pairs],
    )
    ratios = [way.length / line for way, line in zip(geodesics, direct, strict=True)]
    print(f"shortest / straight: mean {mean(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}")
    if sets.is_on_disk(found.config.train.dataset):
        images = observe_set(sets.load(found.config.train.dataset).test.images, found.config.model)
        with torch.inference_mode():
            timed(f"costs of {len(images):,} images", lambda: bounds(model, images))


if __name__ == "__main__":
    main()
