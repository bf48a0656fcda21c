"""The two paths between the pins: straight on the plane, and shortest in decoded images."""

import torch

from pages.ui import background
from pages.ui.explore.protocol import FRAMES, PathName, Place
from pages.ui.resources import Loaded
from pages.ui.view import View
from vae.latent.paths import LatentPath, Terrain, geodesic, straight


def find(loaded: Loaded, view: View) -> dict[PathName, LatentPath] | None:
    """Both paths from A to B, where both are pinned.

    Raises:
        Pending: while they are being found.
    """
    if view.a is None or view.b is None:
        return None
    terrain = background.result(compute_terrain, loaded)
    ends = loaded.clip(view.a), loaded.clip(view.b)
    return background.result(compute, loaded, *ends, given=terrain)


def compute_terrain(loaded: Loaded) -> Terrain:
    """How far images all over the map are from their neighbours: once for a checkpoint."""
    return Terrain.of(loaded.checkpoint.model, loaded.extent)


def compute(loaded: Loaded, a: Place, b: Place, terrain: Terrain) -> dict[PathName, LatentPath]:
    """Both paths between two places."""
    model, ends = loaded.checkpoint.model, (torch.tensor(a), torch.tensor(b))
    return {
        "straight": straight(model, *ends, FRAMES),
        "geodesic": geodesic(model, terrain, *ends, FRAMES),
    }
