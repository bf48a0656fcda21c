"""What a training step's matrix products cost by themselves: the floor under any implementation."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

PRODUCTS = ("mm", "addmm", "bmm", "convolution", "convolution_backward")


class Recorder(TorchDispatchMode):
    """Notes every matrix product and convolution, forward and backward, with its arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note the call, and make it."""
        if func.overloadpacket.__name__ in PRODUCTS:
            self.calls.append((func, tuple(map(_like, args)), kwargs or {}))
        return func(*args, **(kwargs or {}))

    def seconds(self, rounds: int = 7) -> float:
        """The time of all of them in a row, a median."""
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            for func, args, kwargs in self.calls:
                func(*args, **kwargs)
            synchronise(self.calls[0][1])
            times.append(time.perf_counter() - start)
        return median(times)


def _like(argument: Any) -> Any:
    """Numbers of the same shape, type and order in memory; zeros might be too easy."""
    if not isinstance(argument, Tensor):
        return argument
    return torch.empty_like(argument.detach()).uniform_(-1, 1)


def synchronise(arguments: tuple[Any, ...]) -> None:
    """Wait for a GPU, where there is one."""
    if any(isinstance(value, Tensor) and value.is_cuda for value in arguments):
        torch.cuda.synchronize()


def products(step: Callable[[], object]) -> Recorder:
    """The products of one step."""
    with Recorder() as recorder:
        step()
    return recorder
