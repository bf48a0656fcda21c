"""What all visitors share: models, files for browsers and test images, each loaded once."""

import gc
import os
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch
from numpy.typing import NDArray

from pages.ui import charts
from pages.ui.components.latent_map.pack import pack
from pages.ui.server import files
from pages.ui.server.files import File
from vae import device, library
from vae.data import sets
from vae.latent import extent
from vae.latent.extent import Extent
from vae.latent.neighbours import Neighbours
from vae.store import checkpoint, weights
from vae.store.checkpoint import Checkpoint
from vae.training.runs import Run


class Loaded(NamedTuple):
    """A checkpoint with everything that a page derives from it."""

    name: str
    key: str  # changes when the file does
    size: int  # of the file, in bytes
    checkpoint: Checkpoint
    extent: Extent
    plane: File  # see `pack`
    decoder: File  # see `weights.pack`
    neighbours: Neighbours

    def clip(self, z: tuple[float, float]) -> tuple[float, float]:
        """The place on the map nearest to z."""
        return self.extent.clip(z)


def load(name: str) -> Loaded:
    """A named checkpoint.

    Raises:
        CheckpointError: if it is not there or cannot be trusted.
    """
    path = library.find(name)
    return _load(name, str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=6, show_spinner="Loading the model…")
def _load(name: str, path: str, changed: int) -> Loaded:
    # Many people each ask for one small image: a thread each is quicker than a team for each,
    # whose members wait for one another on processors they have to share.
    torch.set_num_threads(1)
    where = device.resolve(os.environ.get("LATENT_ATLAS_DEVICE") or "auto")
    found = checkpoint.load(library.find(name), where)
    means, labels = found.encoded.mean, found.labels
    loaded = Loaded(
        name,
        f"{name}-{changed}",
        Path(path).stat().st_size,
        found,
        extent.around(means),
        files.make(pack(name, found.encoded, labels)),
        files.make(weights.pack(found.model, "decoder")),
        Neighbours(means, labels),
    )
    settle()
    # The first click on a point should not wait for the data set to be read.
    Thread(target=sets.load_test, args=(found.config.train.dataset,), daemon=True).start()
    return loaded


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Take everything alive now out of the garbage collector's sight.

    A hundred thousand objects of torch and of the models never die, yet every full collection
    would look at each of them under the interpreter's lock, while somebody drags. Once is enough:
    what other visitors leave behind later has to be collected.
    """
    gc.collect()
    gc.freeze()


def last_plane(run: Run) -> go.Figure:
    """The test set on the plane of a run's last checkpoint, drawn once for all who watch it.

    Raises:
        CheckpointError: if it cannot be read.
    """
    path = run.checkpoint
    return _last_plane(str(path), path.stat().st_mtime_ns if path.is_file() else 0)


@st.cache_resource(max_entries=4, show_spinner=False)
def _last_plane(path: str, changed: int) -> go.Figure:
    found = checkpoint.load(Path(path))
    return charts.latent_scatter(found.encoded.mean, found.labels)


def originals(found: Checkpoint) -> NDArray[np.uint8] | None:
    """(N, 28, 28) The images that a checkpoint has encoded; a stranger's may have others."""
    images = sets.originals(found.config.train.dataset, found.labels)
    return None if images is None else images.numpy()


def encoder(loaded: Loaded) -> File:
    """A checkpoint's encoder, for a browser."""
    return _encoder(loaded.key, loaded)


@st.cache_resource(max_entries=6, show_spinner=False)
def _encoder(key: str, _loaded: Loaded) -> File:
    return files.make(weights.pack(_loaded.checkpoint.model, "encoder"))


@st.cache_resource(show_spinner=False)
def samples() -> File:
    """Ten test digits of MNIST and ten of scikit-learn's, 784 bytes each, for a browser."""
    return files.make(b"".join(sample.tobytes() for sample in sets.first_of_each()))
