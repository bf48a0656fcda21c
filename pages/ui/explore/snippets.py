"""The code that reproduces what the map shows: a few lines that call `vae/` as the app does."""

from collections.abc import Callable

from pages.ui.explore.protocol import FRAMES
from pages.ui.explore.requests import Request

Parts = tuple[list[str], list[str]]  # what to import, and what to do


def write(checkpoint: str, request: Request) -> str | None:
    """The snippet for one thing that is seen; none where it is not seen."""
    make = SNIPPETS.get(request.of)
    parts = make(request) if make else None
    if parts is None:
        return None
    imports, code = parts
    head = ["import torch", ""] if any("torch." in line for line in code) else []
    head += ["from vae import library", "from vae.store import checkpoint", *imports, ""]
    load = [f"found = checkpoint.load(library.find({checkpoint!r}))", "model = found.model"]
    return "\n".join([*head, *load, *code, ""])


def image(request: Request) -> Parts:
    """The decoded image at the cursor."""
    return ["from vae.codec import decode"], [
        f"image = decode(model, torch.tensor([{list(_short(request.z))}]))[0]  # (28, 28) uint8"
    ]


def layer(request: Request) -> Parts | None:
    """The layer under the points."""
    if request.view.layer == "images":
        return grid(request)
    if request.view.layer == "nothing":
        return None
    imports = ["from vae.latent import extent, overlays"]
    encoded = "found.encoded.mean"
    lines = [f"reach = extent.around({encoded})"]
    if request.view.layer == "regions":
        imports.append("from vae.latent.neighbours import Neighbours")
        lines.append(f"neighbours = Neighbours({encoded}, found.labels)")
        lines.append(f"layer = overlays.regions(neighbours, {encoded}, reach)")
    else:
        lines.append(f"layer = overlays.field({request.view.layer!r}, model, {encoded}, reach)")
    return imports, lines


def grid(request: Request) -> Parts | None:
    """The n×n figure."""
    view = request.view
    if request.x is None or request.y is None:
        return None
    x, y = _short(request.x), _short(request.y)
    percentiles = ", percentiles=True" if view.axes == "percentiles" else ""
    return ["from vae.latent import album, manifold", "from vae.codec import decode"], [
        f"z = manifold.grid({view.tiles}, {x}, {y}{percentiles})",
        f"picture = album.sheet(decode(model, z).numpy(), {view.tiles})",
    ]


def path(request: Request) -> Parts | None:
    """Both paths from A to B."""
    view = request.view
    if view.a is None or view.b is None:
        return None
    return [
        "from vae.latent import extent",
        "from vae.codec import decode",
        "from vae.latent.paths import Terrain, geodesic, straight",
    ], [
        f"a, b = torch.tensor({list(_short(view.a))}), torch.tensor({list(_short(view.b))})",
        f"line = straight(model, a, b, {FRAMES})",
        "terrain = Terrain.of(model, extent.around(found.encoded.mean))",
        f"shortest = geodesic(model, terrain, a, b, {FRAMES})",
        f"film = decode(model, shortest.places)  # ({FRAMES}, 28, 28) uint8",
    ]


def samples(request: Request) -> Parts | None:
    """What was drawn from the prior."""
    if request.seed is None:
        return None
    return ["from vae.codec import decode", "from vae.latent.samples import draw"], [
        f"z = draw({request.count}, temperature={request.temperature}, seed={request.seed})",
        f"images = decode(model, z)  # ({request.count}, 28, 28) uint8",
    ]


def code(request: Request) -> Parts:
    """The image that the hexadecimal code names."""
    return ["from vae.latent import geocode", "from vae.codec import decode"], [
        f"code = geocode.format({_short(request.z)}, {request.characters})",
        "image = decode(model, torch.tensor([geocode.parse(code)]))[0]  # (28, 28) uint8",
    ]


def digit(request: Request) -> Parts | None:
    """The test digit that was clicked, and its reconstruction."""
    if request.selected is None:
        return None
    return ["from vae.codec import decode"], [
        f"place, label = found.encoded.mean[{request.selected}], found.labels[{request.selected}]",
        "image = decode(model, place[None])[0]  # (28, 28) uint8, the reconstruction",
    ]


SNIPPETS: dict[str, Callable[[Request], Parts | None]] = {
    "image": image,
    "layer": layer,
    "grid": grid,
    "path": path,
    "samples": samples,
    "code": code,
    "digit": digit,
}


def _short(place: tuple[float, float]) -> tuple[float, float]:
    return round(place[0], 6), round(place[1], 6)
