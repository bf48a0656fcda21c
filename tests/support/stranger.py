"""Checkpoints that have been tampered with, and what the person is told of them."""

import json
import struct

import pytest
import safetensors.torch

from vae.errors import CheckpointError
from vae.store import checkpoint
from vae.store.header import KEY


def parts(content):
    """Bytes of a safetensors file -> its header as a dictionary, and its numbers."""
    (size,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def joined(header, numbers):
    """The inverse of `parts`; the header may also be text."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + numbers


def with_card(content, change):
    """The same file with its description changed in place."""
    header, numbers = parts(content)
    card = json.loads(header["__metadata__"][KEY])
    change(card)
    header["__metadata__"][KEY] = json.dumps(card)
    return joined(header, numbers)


def with_tensor(content, name, tensor):
    """The same file with one tensor put in, or taken out for None."""
    header, _ = parts(content)
    tensors = safetensors.torch.load(content)
    tensors.pop(name, None)
    if tensor is not None:
        tensors[name] = tensor
    return safetensors.torch.save(tensors, header["__metadata__"])


def told(tmp_path, content):
    """What the person is told of a file with these bytes."""
    path = tmp_path / "stranger.safetensors"
    path.write_bytes(content)
    return _refusal(checkpoint.load, path)


def told_by_header(tmp_path, content):
    """The same, where its header alone says it: to who lists the file and to who opens it."""
    message = told(tmp_path, content)
    assert _refusal(checkpoint.describe, tmp_path / "stranger.safetensors") == message
    return message


def _refusal(opening, path):
    with pytest.raises(CheckpointError) as caught:
        opening(path)
    return str(caught.value)
