"""The figures of each epoch, as a trainer adds them to a file; a look goes on from the last."""

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from vae import strict_json
from vae.files import open_regular
from vae.strict_json import is_number

MAX_BYTES = 4_000_000  # of a file: two thousand epochs of a thousand bytes, and as much again
MAX_LINE = 4_000  # bytes
MAX_NAMES = 40  # in a line
KEPT = 64  # files whose lines are remembered
TAIL = 64  # bytes by which a file is known again

COSTS = ("train_reconstruction", "train_kl", "held_elbo", "held_reconstruction", "held_kl")
NEEDED = ("epoch", "seconds", *COSTS)


@dataclass(frozen=True)
class Memory:
    """What is known of a file since the last look."""

    stamp: tuple[int, int, int] = (0, 0, 0)  # which file, when it was changed, its bytes
    end: int = 0  # of the last whole line
    tail: bytes = b""  # the bytes before that
    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


_known: dict[Path, Memory] = {}


def read(path: Path) -> list[dict[str, Any]]:
    """One entry for each whole line of a file that may come from a stranger.

    Raises:
        OSError: if it is missing, too large, or no regular file.
        ValueError: if a line is not what belongs there.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size > MAX_BYTES:
            words = f"they have {status.st_size:,} bytes, at most {MAX_BYTES:,} are expected"
            raise OSError(errno.EFBIG, words)
        memory = _known.pop(path, Memory())
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        if memory.stamp != stamp:
            memory = _read_on(file, stamp, memory)
    _known[path] = memory
    while len(_known) > KEPT:
        _known.pop(next(iter(_known)), None)
    return list(memory.lines)


def _read_on(file: BinaryIO, stamp: tuple[int, int, int], memory: Memory) -> Memory:
    if memory.stamp[0] != stamp[0] or _before(file, memory.end) != memory.tail:
        memory = Memory()  # another file, or a shorter one
    file.seek(memory.end)
    fresh, end, _ = file.read(MAX_BYTES - memory.end).rpartition(b"\n")
    found = list(memory.lines)
    for line in fresh.split(b"\n") if end else ():
        found.append(_parse(line, len(found) + 1))
    place = memory.end + len(fresh) + len(end)
    return Memory(stamp, place, _before(file, place), found)


def _before(file: BinaryIO, place: int) -> bytes:
    """The last bytes before a place in a file."""
    file.seek(max(0, place - TAIL))
    return file.read(min(place, TAIL))


def _parse(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = strict_json.parse(line) if len(line) <= MAX_LINE else None
    except ValueError as error:
        raise ValueError(f"line {number} is damaged: {error!s:.200}") from error
    if not isinstance(value, dict) or len(value) > MAX_NAMES or not is_epoch(value):
        raise ValueError(f"line {number} is not what a training writes: {line[:40]!r}")
    return value


def is_epoch(entry: dict[str, Any]) -> bool:
    """Whether these are the figures of an epoch."""
    return (
        all(map(is_number, entry.values()))
        and all(name in entry for name in NEEDED)
        and type(entry["epoch"]) is int
        and entry["epoch"] > 0
    )
