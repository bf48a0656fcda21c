"""Whose a run is, where the server is public: of a token only its hash is kept."""

import hashlib
import hmac
import os

from vae.files import read_regular, write_atomically
from vae.training.run import Run

FILE = "owner"


def is_public() -> bool:
    """Whether strangers use this server, as `LATENT_ATLAS_PUBLIC=1` says."""
    return os.environ.get("LATENT_ATLAS_PUBLIC", "") == "1"


def write(run: Run, token: str) -> None:
    """Let a run be of whoever has the token.

    Raises:
        OSError: if the disk refuses.
    """
    write_atomically(run.folder / FILE, _hash(token).encode())


def may_change(run: Run, token: str) -> bool:
    """Whether whoever has the token may stop, change or delete a run.

    On one's own machine everybody may. A run without an owner was started on the command line.
    """
    if not is_public():
        return True
    try:
        said = read_regular(run.folder / FILE, 100)
    except OSError:
        return False
    return bool(token) and hmac.compare_digest(said, _hash(token).encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
