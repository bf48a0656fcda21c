"""What a visitor can take away: pictures, films and archives of exactly decoded images."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from pages.ui import ways
from pages.ui.resources import Loaded
from pages.ui.wish import Wish
from vae import album, manifold, samples
from vae.codec import decode

PACE = 100  # ms that a frame is shown, as on the page


class File(NamedTuple):
    """A file to download."""

    name: str
    kind: str  # as the web calls it
    content: bytes


def make(loaded: Loaded, wish: Wish) -> File | None:
    """The file that is wished for, if there is something to put into it.

    Raises:
        Pending: while that is being computed.
    """
    maker = MAKERS.get(wish.of)
    made = maker(loaded, wish) if maker else None
    return made and made._replace(name=f"{loaded.name}-{made.name}")


def grid(loaded: Loaded, wish: Wish) -> File | None:
    """The n×n figure of what is seen."""
    view = wish.view
    if wish.x is None or wish.y is None:
        return None
    z = manifold.places(view.tiles, wish.x, wish.y, percentiles=view.axes == "percentiles")
    picture = album.sheet(decode(loaded.checkpoint.model, z).numpy(), view.tiles)
    return File(f"grid-{view.tiles}x{view.tiles}.png", "image/png", album.png(picture))


def strip(loaded: Loaded, wish: Wish) -> File | None:
    """The strips of both ways, straight above shortest."""
    found = ways.find(loaded, wish.view)
    if found is None:
        return None
    places = torch.cat([way.places[:: ways.EVERY] for way in found.values()])
    images = decode(loaded.checkpoint.model, places).numpy()
    picture = album.sheet(images, len(images) // len(found), scale=3)
    return File("path.png", "image/png", album.png(picture))


def gif(loaded: Loaded, wish: Wish) -> File | None:
    """The film along one of the ways, there and back."""
    found = ways.find(loaded, wish.view)
    if found is None:
        return None
    name = wish.way if wish.way in found else "geodesic"
    images = decode(loaded.checkpoint.model, found[name].places).numpy()
    film = np.concatenate([images, images[-2:0:-1]])
    return File(f"{name}.gif", "image/gif", album.gif(film, PACE))


def archive(loaded: Loaded, wish: Wish) -> File | None:
    """The samples, each a picture, with a table of their places."""
    if wish.seed is None:
        return None
    z = samples.draw(wish.count, wish.temperature, wish.seed)
    images = decode(loaded.checkpoint.model, z).numpy()
    return File("samples.zip", "application/zip", album.archive(images, z.numpy()))


MAKERS: dict[str, Callable[[Loaded, Wish], File | None]] = {
    "grid": grid,
    "strip": strip,
    "gif": gif,
    "samples": archive,
}
