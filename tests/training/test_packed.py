import json
import struct

import numpy as np
import pytest

from vae.training.packed import pack, unpack


def test_what_is_packed_comes_back():
    parts = {
        "points": np.random.default_rng(0).normal(size=(5, 2)).astype("f4"),
        "images": np.arange(27, dtype="u1").reshape(3, 3, 3),
        "none": np.empty((0, 2), "f2"),
    }
    found = unpack(pack({"step": 7, "words": "β"}, parts))
    assert found.header == {"step": 7, "words": "β"}
    assert found.parts.keys() == parts.keys()
    for name, part in parts.items():
        assert found.parts[name].dtype == part.dtype
        assert np.array_equal(found.parts[name], part)


def test_each_array_starts_where_a_browser_can_look_at_it_in_place():
    content = pack({"a": 1}, {"few": np.zeros(3, "u1"), "floats": np.ones(2, "f4")})
    start = 4 + struct.unpack("<I", content[:4])[0]
    assert start % 8 == 0
    assert content[start + 8 : start + 16] == np.ones(2, "<f4").tobytes()


def test_what_is_no_number_is_not_packed():
    with pytest.raises(ValueError, match="JSON"):
        pack({"loss": float("nan")}, {})


def header(**said):
    text = json.dumps(said).encode()
    return struct.pack("<I", len(text)) + text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xff\xff\xff",
        struct.pack("<I", 3) + b"[1]",
        struct.pack("<I", 2) + b"{]",
        header(),
        header(parts=[["a", "O", [1]]]),
        header(parts=[["a", "f4", [-1]]]),
        header(parts=[["a", "f4", [2**30, 2**30]]]),
        header(parts=[["a", "f4", 3]]),
        header(parts=[["a", "f4", [True]]]) + bytes(8),
        header(parts=[["a", "f4", [3]]]) + bytes(8),
    ],
)
def test_what_is_not_of_ours_is_refused(content):
    with pytest.raises(ValueError):
        unpack(content)


def test_deep_json_is_refused():
    text = b"[" * 100_000
    with pytest.raises(ValueError):
        unpack(struct.pack("<I", len(text)) + text)
