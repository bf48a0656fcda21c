"""A few arrays and what is said of them, in one piece: what a trainer leaves for browsers.

    uint32     length of the header, in bytes, little-endian
    header     JSON, padded with spaces so that the arrays start at a multiple of eight bytes
    arrays     in the order of the header's `parts`, each padded with zeros to a multiple of eight

`parts` has for each array its name, its type and its shape; the last index runs fastest. The twin
is pages/ui/components/training/packed.js.
"""

import json
import math
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TYPES = {"u1": "<u1", "i2": "<i2", "u4": "<u4", "f2": "<f2", "f4": "<f4"}
STEP = 8  # bytes: what every array starts at a multiple of
MAX_HEADER = 2**20


class Packed(NamedTuple):
    """What is said, and the arrays by name."""

    header: dict[str, Any]
    parts: dict[str, NDArray[Any]]


def pack(header: dict[str, Any], parts: dict[str, NDArray[Any]]) -> bytes:
    """The bytes of a header and of arrays whose types are among `TYPES`."""
    arrays = {name: np.asarray(part) for name, part in parts.items()}
    listed = [(name, array.dtype.str[1:], array.shape) for name, array in arrays.items()]
    text = json.dumps({**header, "parts": listed}, allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % STEP)
    found = [struct.pack("<I", len(text)), text]
    for name, kind, _ in listed:
        content = arrays[name].astype(TYPES[kind]).tobytes()
        found += [content, b"\0" * (-len(content) % STEP)]
    return b"".join(found)


def unpack(content: bytes) -> Packed:
    """The inverse of `pack`.

    Raises:
        ValueError: if the bytes are not what `pack` gives.
    """
    length = int.from_bytes(content[:4], "little")
    if len(content) < 4 or length > MAX_HEADER or 4 + length > len(content):
        raise ValueError("it is cut off, or not of ours")
    try:
        header = json.loads(content[4 : 4 + length])
        listed = [(str(name), TYPES[kind], shape) for name, kind, shape in header.pop("parts")]
        return Packed(header, _arrays(content, 4 + length, listed))
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("its header is not of ours") from error


def _arrays(
    content: bytes, start: int, listed: list[tuple[str, str, list[int]]]
) -> dict[str, NDArray[Any]]:
    parts: dict[str, NDArray[Any]] = {}
    for name, kind, shape in listed:
        if not all(type(count) is int and 0 <= count < 2**31 for count in shape):
            raise ValueError(f"the shape of {name!r:.40} is none")
        count = math.prod(shape)
        size = count * np.dtype(kind).itemsize
        if start + size > len(content):
            raise ValueError(f"{name!r:.40} is cut off")
        parts[name] = np.frombuffer(content, kind, count, start).reshape(shape)
        start += size + -size % STEP
    return parts
