"""The map of one checkpoint as one file: it needs no server, no network and nothing beside it.

The same modules as in the app, bundled into a page with everything that they fetch there. Binary
content is gzipped and written as text of seven bits in a character, a fifth shorter than base64.
"""

import json
import tomllib
from html import escape
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from pages.ui.components.latent_map.markup import LAST, STYLES, markup
from pages.ui.components.latent_map.pack import pack
from pages.ui.components.modules import bundle
from pages.ui.components.your_digit import markup as your_digit
from pages.ui.explore import layers
from pages.ui.explore.protocol import SavedData
from pages.ui.server import files
from vae.data import sets
from vae.latent.extent import around
from vae.latent.neighbours import Neighbours
from vae.latent.overlays import FieldName
from vae.store import weights
from vae.store.checkpoint import Checkpoint

HERE = Path(__file__).parent
MAP = HERE.parent / "latent_map"
THEME = HERE.parents[3] / ".streamlit" / "config.toml"
ORIGINALS = 300  # test digits whose pictures are in the file, every so many of the test set
NUL, RETURN, TAG = 0x00, 0x0D, b"<"[0]  # what HTML does not let stand in a script


class Kind(NamedTuple):
    """What a page shows: the map with Explore's instruments, or the pad beside it."""

    words: str  # that it begins with
    html: str
    styles: list[Path]
    script: Path
    workers: dict[str, Path]  # by the names of their templates


class Parts(NamedTuple):
    """The binary content of a page."""

    plane: bytes
    decoder: bytes
    layers: bytes
    originals: bytes
    encoder: bytes
    samples: bytes


def write(
    name: str,
    found: Checkpoint,
    images: NDArray[np.uint8] | None,
    encoder: bool = False,
    pad: bool = False,
) -> str:
    """The page.

    Args:
        name: of the checkpoint.
        images: (N, 28, 28) of its test set, where they are at hand.
        encoder: whether the page has the encoder too, to tell what a test digit costs.
        pad: whether it has the pad beside the map, which takes the encoder.

    Returns:
        HTML, to be written in UTF-8.
    """
    chosen = [] if images is None else list(range(0, len(images), max(1, len(images) // ORIGINALS)))
    parts = Parts(
        plane=pack(name, found.encoded, found.labels),
        decoder=weights.pack(found.model, "decoder"),
        layers=json.dumps(_layers(found)).encode(),
        originals=b"" if images is None else images[chosen].tobytes(),
        encoder=weights.pack(found.model, "encoder") if encoder or pad else b"",
        samples=b"".join(one.tobytes() for one in sets.first_of_each()) if pad else b"",
    )
    kind = _pad() if pad else _explore()
    data: SavedData = {
        "key": name,
        "plane": "plane",
        "decoder": "decoder",
        "megabytes": len(parts.decoder) / 1e6,
        "layers": "layers",
        "originals": "originals",
        "indices": chosen,
        "encoder": "encoder" if encoder or pad else None,
        "samples": "samples",
    }
    return (
        (HERE / "page.html")
        .read_text("utf-8")
        .format(
            name=escape(name),
            styles="\n".join([_theme(), *(path.read_text("utf-8") for path in kind.styles)]),
            words=kind.words,
            map=kind.html,
            workers="\n".join(
                f'<template class="{worker}">{escape(bundle(path))}</template>'
                for worker, path in kind.workers.items()
            ),
            parts="\n".join(
                f'<script type="text/plain" data-file-name="{part}">{as_text(content)}</script>'
                for part, content in parts._asdict().items()
            ),
            data=json.dumps(data),
            script=bundle(kind.script),
        )
    )


def as_text(content: bytes) -> str:
    """Content gzipped, seven bits in each character; the last one is filled up with zeros.

    A character that HTML does not let stand is written 256 higher: its lowest seven bits tell.
    """
    bits = np.unpackbits(np.frombuffer(files.shrink(content), np.uint8))
    bits = np.append(bits, np.zeros(-len(bits) % 7, np.uint8)).reshape(-1, 7)
    values = (np.packbits(bits, axis=1)[:, 0] >> 1).astype("<u2")
    tags = (values == TAG) & np.isin(np.append(values[1:], b"/"[0]), list(b"!/"))
    values[tags | (values == NUL) | (values == RETURN)] += 256
    return values.tobytes().decode("utf-16-le")


def _layers(found: Checkpoint) -> dict[str, object]:
    means, extent = found.encoded.mean, around(found.encoded.mean)
    fields = {
        name: layers.field(name, found.model, means, extent, short=True)
        for name in get_args(FieldName)
    }
    neighbours = Neighbours(means, found.labels)
    return {**fields, "regions": layers.regions(neighbours, means, extent)}


def _explore() -> Kind:
    return Kind(
        "Every place on this map is an image that a variational autoencoder can draw. "
        "Drag the ring.",
        markup("explore", tabs=(MAP / "explore.html").read_text("utf-8")),
        [*(MAP / style for style in (*STYLES, *LAST)), HERE / "page.css"],
        HERE / "saved_page.js",
        {"worker": MAP / "decoder_worker.js"},
    )


def _pad() -> Kind:
    return Kind(
        "Draw a digit: a variational autoencoder encodes and decodes it as the pen moves.",
        your_digit.html(),
        [*your_digit.styles(), HERE / "page.css"],
        HERE / "saved_pad.js",
        {"worker": MAP / "decoder_worker.js", "integrator": your_digit.INTEGRATOR},
    )


def _theme() -> str:
    """The app's colours, by the names that Streamlit gives them."""
    theme = tomllib.loads(THEME.read_text("utf-8"))["theme"]
    light, dark = (_variables(theme[scheme]) for scheme in ("light", "dark"))
    return (
        f":root {{ --st-font: {theme['font']}; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    )


def _variables(colours: dict[str, str | list[str]]) -> str:
    def dashed(name: str) -> str:
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name)

    def text(value: str | list[str]) -> str:
        return value if isinstance(value, str) else ",".join(value)

    return " ".join(f"--st-{dashed(name)}: {text(value)};" for name, value in colours.items())
