"""Files that a trainer replaces while others read them: each read once for all who ask."""

import gzip
import os
import stat
from dataclasses import dataclass
from pathlib import Path

FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
QUICK = 1  # gzip's level: more than one file a second is shrunk, beside a trainer


@dataclass(frozen=True)
class Piece:
    """What a file held when it was looked at last."""

    version: str  # another one for another file under the same name
    content: bytes
    compressed: bytes | None = None  # by gzip, where that is worth it


def read(path: Path, most: int, known: Piece | None = None, shrinks: bool = False) -> Piece | None:
    """A regular file of a bounded size; a pipe, a folder or a giant is nothing.

    Args:
        most: bytes that it may have.
        known: what was read before; it is returned again where nothing has changed.
        shrinks: gzip makes it smaller.
    """
    try:
        # A pipe without a writer would be waited for, were it not opened like this.
        handle = os.open(path, FLAGS)
    except (OSError, ValueError):
        return None
    try:
        return _read(handle, most, known, shrinks)
    except OSError:
        return None
    finally:
        os.close(handle)


def _read(handle: int, most: int, known: Piece | None, shrinks: bool) -> Piece | None:
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_size > most:
        return None
    version = f"{found.st_mtime_ns:x}-{found.st_ino:x}-{found.st_size:x}"
    if known and known.version == version:
        return known
    with os.fdopen(handle, "rb", closefd=False) as file:
        content = file.read(most + 1)
    if len(content) > most:
        return None
    return Piece(version, content, gzip.compress(content, QUICK) if shrinks else None)
