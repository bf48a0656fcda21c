"""Where the map gets what takes longer than an image: layers, paths, samples, files and code."""

from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any, get_args

import torch

from pages.ui import background
from pages.ui.background import Pending
from pages.ui.explore import exports, latent_paths, layers, machine, own_digit, snippets
from pages.ui.explore.protocol import (
    FileResult,
    FilmResult,
    ImagesResult,
    LayerResult,
    PathResult,
    Place,
    Result,
    SamplesResult,
    SnippetResult,
)
from pages.ui.explore.requests import Request, read
from pages.ui.resources import Loaded
from pages.ui.server import files
from pages.ui.server.files import File
from pages.ui.view import View
from vae.codec import decode
from vae.latent import fields, samples
from vae.latent.density import density
from vae.latent.overlays import FieldName


def respond(loaded: Loaded, message: Any) -> Result | None:
    """The result of what the map asked for.

    Returns:
        pending where it is still being computed, error with words where there is no such thing,
        and nothing where nothing was asked.
    """
    request = read(message)
    if request is None:
        return None
    handle = HANDLERS.get(request.what)
    try:
        found = handle(loaded, request) if handle else None
    except Pending:
        return {"pending": True}
    return found or {"error": "There is nothing there to show yet."}


def layer(loaded: Loaded, request: Request) -> LayerResult | None:
    """A layer of the map, as its grid lines and its values."""
    if request.of == "regions":
        return background.result(regions, loaded, lane="long")
    if request.of in get_args(FieldName):
        return background.result(field, loaded, request.of, lane="long")
    return None


def field(loaded: Loaded, name: FieldName) -> LayerResult:
    """A field, now."""
    found = loaded.checkpoint
    return layers.field(name, found.model, found.encoded.mean, loaded.extent)


def regions(loaded: Loaded) -> LayerResult:
    """The regions of the classes, now."""
    return layers.regions(loaded.neighbours, loaded.checkpoint.encoded.mean, loaded.extent)


def value(loaded: Loaded, view: View, z: Place) -> float | None:
    """What the layer says of one place, computed there; nothing where it has no numbers.

    Nor while a layer is being computed that needs the same: a hand does not wait for it.
    """
    here, model = torch.tensor([z]), loaded.checkpoint.model
    if view.layer == "uncertainty":
        return fields.uncertainty(model, here).item()
    if view.layer == "stretch":
        with suppress(fields.Busy):
            return fields.stretch(model, here, patience=0.02).item()
    if view.layer == "regions":
        return loaded.neighbours.vote(here)[0].share
    if view.layer == "density":
        x, y = here.numpy().T
        return float(density(loaded.checkpoint.encoded.mean.numpy(), x, y)[0, 0])
    return None


def images(loaded: Loaded, request: Request) -> ImagesResult | None:
    """Images of any places, in one batch."""
    places = [loaded.clip(place) for place in request.places]
    if not places:
        return None
    return {"images": layers.text(decode(loaded.checkpoint.model, torch.tensor(places)).numpy())}


def path(loaded: Loaded, request: Request) -> PathResult | None:
    """The films along both paths from A to B."""
    found = latent_paths.find(loaded, request.view)
    if found is None:
        return None
    return {
        "straight": _film(loaded, found["straight"]),
        "geodesic": _film(loaded, found["geodesic"]),
    }


def _film(loaded: Loaded, path: latent_paths.LatentPath) -> FilmResult:
    classes, shares = loaded.neighbours.winners(path.places)
    return {
        "length": path.length,
        "places": path.places.tolist(),
        "classes": classes.tolist(),
        "shares": shares.tolist(),
    }


def sample(loaded: Loaded, request: Request) -> SamplesResult | None:
    """Where samples of the prior fell."""
    if request.seed is None:
        return None
    z = samples.draw(request.count, request.temperature, request.seed)
    return {"z": z.tolist()}


def file(loaded: Loaded, request: Request) -> FileResult | None:
    """A file to take away."""
    made = exports.make(loaded, request)
    if made is None:
        return None
    content, address = made.content, ""
    if isinstance(content, File):  # too large for a message
        content, address = b"", files.serve(content)
    text = b64encode(content).decode()
    return {"name": made.name, "type": made.kind, "content": text, "address": address}


def snippet(loaded: Loaded, request: Request) -> SnippetResult | None:
    """The code that reproduces what is seen."""
    text = snippets.write(loaded.name, request)
    return {"text": text} if text else None


HANDLERS: dict[str, Callable[[Loaded, Request], Result | None]] = {
    "images": images,
    "layer": layer,
    "path": path,
    "samples": sample,
    "file": file,
    "snippet": snippet,
    "reading": own_digit.reading,
    "originals": own_digit.originals,
    "labels": own_digit.labels,
    "machine": machine.machine,
    "observed": machine.observed,
}
