"""How memory is asked for, which decides how fast large tensors are."""

import contextlib
import ctypes

import torch

# glibc's malloc.h
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, MMAP_MAX = -1, -2, -3, -4
LARGE = 2**21  # bytes


def keep() -> None:
    """Keep freed memory for the next tensor, and let the smallest numbers be zero.

    By default every tensor over some hundred kB is a new mapping whose pages the system clears
    one by one: a softmax of 1000 × 16,384 took 57 ms, and takes 8 ms so. For processes that
    train or evaluate and then end; where the C library is another one, nothing happens.
    """
    _set({MMAP_MAX: 0, TRIM_THRESHOLD: 2**31 - 1, TOP_PAD: 2**28})
    torch.set_flush_denormal(True)


def give_back() -> None:
    """Give what is large back to the system as soon as it is freed.

    By default each thread keeps what it has freed, up to 64 MB. For a server, whose threads hold a
    visitor's file for a moment each; where the C library is another one, nothing happens.
    """
    _set({MMAP_THRESHOLD: LARGE})


def _set(options: dict[int, int]) -> None:
    with contextlib.suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in options.items():
            mallopt(option, value)
