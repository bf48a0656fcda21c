"""What the machine on Explore asks for: a model's parts, its encoder, and what that observes."""

import numpy as np
import torch
from numpy.typing import NDArray

from pages.ui import background, resources
from pages.ui.components.machine import parts
from pages.ui.explore import layers
from pages.ui.explore.protocol import LARGEST, ImagesResult, MachineResult, Part
from pages.ui.explore.requests import Request
from pages.ui.resources import Loaded
from pages.ui.server import files
from pages.ui.server.files import File
from vae.config import PIXELS, SIDE
from vae.data.pixels import enlarge, observe_set, to_bytes
from vae.store import weights


def machine(loaded: Loaded, _: Request) -> MachineResult:
    """The parts of a model, and where its encoder is."""
    found, file = background.result(take_apart, loaded)
    return {
        "parts": found,
        "encoder": files.serve(file) if file.size <= LARGEST else None,
        "megabytes": file.size / 1e6,
    }


def take_apart(loaded: Loaded) -> tuple[list[Part], File]:
    """The parts, and the encoder for a browser, now: half a second's work."""
    model = loaded.checkpoint.model
    return parts.describe(model), files.make(weights.pack(model, "encoder"))


def observed(loaded: Loaded, request: Request) -> ImagesResult | None:
    """Some test digits as the encoder saw them: drawn black or white if its pixels are binary."""
    images = resources.originals(loaded.checkpoint)
    there = [index for index in request.indices if images is not None and index < len(images)]
    if images is None or not there:
        return None
    if loaded.checkpoint.config.model.pixels != "binarised":
        return {"images": layers.text(images[there])}
    drawn = background.result(draw, loaded, given=images)
    ink = np.unpackbits(drawn[there], axis=1, count=PIXELS).reshape(-1, SIDE, SIDE)
    return {"images": layers.text(255 * ink)}


def draw(loaded: Loaded, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The test set as the model's protocol draws it, a bit for each pixel: (N, 98)."""
    seen = observe_set(torch.from_numpy(images), loaded.checkpoint.config.model)
    return np.packbits(to_bytes(enlarge(seen)).flatten(1).numpy() > 0, axis=1)
