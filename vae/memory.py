"""How memory is asked for, which decides how fast large tensors are."""

import contextlib
import ctypes

import torch

# glibc's malloc.h
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4


def keep() -> None:
    """Keep freed memory for the next tensor, and let the smallest numbers be zero.

    By default every tensor over some hundred kB is a new mapping whose pages the system clears
    one by one: a softmax of 1000 × 16,384 took 57 ms, and takes 8 ms so. For processes that
    train or evaluate and then end; where the C library is another one, nothing happens.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(MMAP_MAX, 0)
        mallopt(TRIM_THRESHOLD, 2**31 - 1)
        mallopt(TOP_PAD, 2**28)
    torch.set_flush_denormal(True)
