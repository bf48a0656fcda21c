"""What a visitor can take away: pictures, films and archives of exactly decoded images."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from pages.ui import background, resources
from pages.ui.components import saved_page
from pages.ui.explore import latent_paths
from pages.ui.explore.protocol import EVERY, FRAME_MS, SAMPLES, PathName
from pages.ui.explore.requests import Request
from pages.ui.resources import Loaded
from pages.ui.server import files
from pages.ui.server.files import File
from vae.codec import decode
from vae.latent import album, manifold, samples


class Download(NamedTuple):
    """A file to download."""

    name: str
    kind: str  # as the web calls it
    content: bytes | File


def make(loaded: Loaded, request: Request) -> Download | None:
    """The file that is asked for, if there is something to put into it.

    Raises:
        Pending: while that is being computed.
    """
    maker = MAKERS.get(request.of)
    made = maker(loaded, request) if maker else None
    return made and made._replace(name=f"{loaded.name}-{made.name}")


def grid(loaded: Loaded, request: Request) -> Download | None:
    """The n×n figure of what is seen."""
    view = request.view
    if request.x is None or request.y is None:
        return None
    z = manifold.grid(view.tiles, request.x, request.y, percentiles=view.axes == "percentiles")
    picture = album.sheet(decode(loaded.checkpoint.model, z).numpy(), view.tiles)
    return Download(f"grid-{view.tiles}x{view.tiles}.png", "image/png", album.png(picture))


def strip(loaded: Loaded, request: Request) -> Download | None:
    """The strips of both paths, straight above shortest."""
    found = latent_paths.find(loaded, request.view)
    if found is None:
        return None
    places = torch.cat([path.places[::EVERY] for path in found.values()])
    images = decode(loaded.checkpoint.model, places).numpy()
    picture = album.sheet(images, len(images) // len(found), scale=3)
    return Download("path.png", "image/png", album.png(picture))


def gif(loaded: Loaded, request: Request) -> Download | None:
    """The film along one of the paths, there and back."""
    found = latent_paths.find(loaded, request.view)
    if found is None:
        return None
    name: PathName = "straight" if request.path == "straight" else "geodesic"
    images = decode(loaded.checkpoint.model, found[name].places).numpy()
    film = np.concatenate([images, images[-2:0:-1]])
    return Download(f"{name}.gif", "image/gif", album.gif(film, FRAME_MS))


def archive(loaded: Loaded, request: Request) -> Download | None:
    """The samples, each a picture, with a table of their places."""
    if request.seed is None:
        return None
    z = samples.draw(request.count, request.temperature, request.seed)
    images = decode(loaded.checkpoint.model, z).numpy()
    return Download("samples.zip", "application/zip", album.archive(images, z.numpy()))


def variations(loaded: Loaded, request: Request) -> Download | None:
    """Images of some places, each a picture, with a table of the places."""
    places = [loaded.clip(place) for place in request.places[: int(SAMPLES.high)]]
    if not places:
        return None
    images = decode(loaded.checkpoint.model, torch.tensor(places)).numpy()
    return Download("variations.zip", "application/zip", album.archive(images, places))


def page(loaded: Loaded, request: Request) -> Download | None:
    """The map itself, as one file that needs no server."""
    return Download("map.html", "text/html", background.result(saved, loaded, lane="long"))


def pad(loaded: Loaded, request: Request) -> Download | None:
    """The pad beside the map, as one file that needs no server."""
    return Download("pad.html", "text/html", background.result(saved, loaded, True, lane="long"))


def saved(loaded: Loaded, with_pad: bool = False) -> File:
    """The page, now; it takes some seconds."""
    found = loaded.checkpoint
    images = resources.originals(found)
    return files.make(saved_page.write(loaded.name, found, images, pad=with_pad).encode())


MAKERS: dict[str, Callable[[Loaded, Request], Download | None]] = {
    "grid": grid,
    "strip": strip,
    "gif": gif,
    "samples": archive,
    "variations": variations,
    "page": page,
    "pad": pad,
}
