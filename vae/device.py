"""Where to compute, and in which arithmetic."""

import time
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Literal, get_args

import torch

from vae.config import DeviceName, PrecisionName
from vae.errors import ConfigError

ROUNDS, ENOUGH = 8, 0.05  # products that are timed, and seconds after which no more are


def resolve(name: str = "auto") -> torch.device:
    """The device a name stands for; auto is a GPU where there is one.

    Raises:
        ConfigError: if there is no such name, or the device is asked for by name and is not there.
    """
    if name not in get_args(DeviceName):
        raise ConfigError(
            f"The device must be one of {', '.join(get_args(DeviceName))}, got {name!r}."
        )
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next((gpu for gpu, here in available.items() if here), "cpu"))
    if not available.get(name, True):
        raise ConfigError(f"This machine has no {name} device; choose auto or cpu.")
    return torch.device(name)


def resolve_precision(name: PrecisionName, device: torch.device) -> Literal["fp32", "bf16"]:
    """The arithmetic a name stands for on a device."""
    return _fastest_precision(device.type) if name == "auto" else name


@cache
def _fastest_precision(kind: str) -> Literal["fp32", "bf16"]:
    # Processors differ by a factor of five either way, and no flag tells: so ask the clock.
    if kind == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    if kind != "cpu":
        return "fp32"
    return "bf16" if _product_time(torch.bfloat16) * 1.5 < _product_time(torch.float32) else "fp32"


def _product_time(dtype: torch.dtype) -> float:
    a = torch.ones(512, 512, dtype=dtype)
    times: list[float] = []
    # Two at least: the first one also makes ready what the others use.
    while len(times) < 2 or (len(times) < ROUNDS and sum(times) < ENOUGH):
        start = time.perf_counter()
        torch.mm(a, a)
        times.append(time.perf_counter() - start)
    return min(times)


def widest(device: torch.device) -> torch.dtype:
    """The type for long sums: float64, except where the device has none."""
    return torch.float32 if device.type == "mps" else torch.float64


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Matrix products in bf16 and everything that sums in fp32; or nothing at all for fp32."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
