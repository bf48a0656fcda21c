"""The weights of a model in half precision: what a browser computes with.

One part of a model in one file, `decoder` or `encoder`:

    uint32                 length of the header, in bytes
    header                 JSON, padded with spaces to a multiple of four bytes
    tensors                one after the other, each padded with zeros to a multiple of four bytes

The header has `config`, the settings of the model, and `tensors`: for each its name in the
state_dict, its dtype f16 or f32, its shape, and where it starts after the header, in bytes. All
numbers are little-endian, the last index of a tensor runs fastest. Of an f16 tensor the lower bytes
of all numbers come first and then the higher ones: these are much alike, and gzip makes them a
quarter smaller, where it finds next to nothing in numbers left whole.

pages/ui/components/vae/weights.js reads it.
"""

import json
import struct
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vae.model import VAE
from vae.nn.fourier import FourierFeatures, PlaneLinear

Part = Literal["decoder", "encoder"]
MODULES = {"decoder": ("decoder", "likelihood"), "encoder": ("encoder", "head")}


def pack(model: VAE, part: Part) -> bytes:
    """The decoder with its likelihood, or the encoder with its head.

    Matrices and kernels are rounded to half precision, which moves a decoded pixel by 0.004 of 255
    on average. Layers into and out of the plane stay in single precision, as they do in training,
    and so do biases, which are few, and what half precision cannot hold. The frequencies of waves
    are not learnt but travel all the same: far from the middle of the plane a phase depends on how
    PyTorch rounded them.
    """
    exact = {name for name, module in model.named_modules() if isinstance(module, PlaneLinear)}
    waves = {
        f"{name}.vectors": module.vectors
        for name, module in model.named_modules()
        if isinstance(module, FourierFeatures)
    }
    entries, content = [], b""
    for name, weight in {**model.state_dict(), **waves}.items():
        if name.split(".")[0] not in MODULES[part]:
            continue
        layer = name.rpartition(".")[0]
        dtype, values = _rounded(weight, keep=layer in exact or name in waves)
        entries.append(
            {"name": name, "dtype": dtype, "shape": list(weight.shape), "start": len(content)}
        )
        content += values + b"\0" * (-len(values) % 4)
    header = json.dumps({"config": model.config.as_dict(), "tensors": entries}).encode()
    header += b" " * (-len(header) % 4)
    return struct.pack("<I", len(header)) + header + content


def _rounded(weight: Tensor, keep: bool) -> tuple[str, bytes]:
    values = weight.float().cpu().contiguous()
    half = values.half()
    if keep or values.dim() < 2 or not torch.isfinite(half).all():
        return "f32", values.numpy().astype("<f4").tobytes()
    return "f16", half.numpy().astype("<f2").view(np.uint8).reshape(-1, 2).T.tobytes()
