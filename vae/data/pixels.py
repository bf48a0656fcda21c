"""From grey levels to what a network sees, and back."""

import torch
from torch import Tensor
from torch.nn import functional as F

from vae.config import SIDE, ModelConfig


def to_floats(images: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """uint8 grey levels 0..255 -> floats in [0, 1]."""
    return images.to(device).float().div_(255)


def to_bytes(images: Tensor) -> Tensor:
    """Floats in [0, 1] -> uint8 grey levels 0..255, to the nearest."""
    return images.mul(255).round_().to(torch.uint8)


def binarise(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Each pixel drawn black or white, with its grey level as the chance of ink.

    Not a threshold: images cut at one half are another, easier data set.

    Args:
        images: floats in [0, 1], any shape.

    Source: Salakhutdinov & Murray 2008, "On the quantitative analysis of deep belief networks".
    """
    return torch.empty_like(images).uniform_(generator=generator).lt(images).to(images.dtype)


def shrink(images: Tensor, side: int) -> Tensor:
    """The middle of images at fewer pixels, each the mean of a square; or they stay as they are.

    28×28 becomes 10×10 by the means of 2×2 pixels in the middle 20×20, where MNIST has its digits.

    Args:
        images: (N, S, S) uint8.

    Returns:
        (N, side, side) uint8
    """
    whole = images.shape[-1]
    if whole == side:
        return images
    times = whole // side
    start = (whole - times * side) // 2
    middle = images[:, start:, start:][:, : times * side, : times * side]
    return to_bytes(F.avg_pool2d(to_floats(middle)[:, None], times)[:, 0])


def enlarge(images: Tensor) -> Tensor:
    """The way back: (N, side, side) floats in [0, 1] -> (N, 28, 28), each pixel a square."""
    side = images.shape[-1]
    if side == SIDE:
        return images
    times = SIDE // side
    squares = images.repeat_interleave(times, 1).repeat_interleave(times, 2)
    start = (SIDE - times * side) // 2
    end = SIDE - times * side - start
    return F.pad(squares, (start, end, start, end))


def observe(images: Tensor, config: ModelConfig) -> Tensor:
    """What a trained network is shown of images: always the same for the same list of them.

    A network of binarised pixels sees them binarised, by noise with a fixed seed: the set is
    binarised once, as a whole.

    Args:
        images: (N, S, S) uint8, or plain vectors (N, side · side) of floats in [0, 1].

    Returns:
        (N, side, side) floats in [0, 1], on the CPU.

    Raises:
        ValueError: if images is neither.
    """
    if images.dtype == torch.uint8 and images.dim() == 3 and images.shape[1] == images.shape[2]:
        floats = to_floats(shrink(images.cpu(), config.side))
    elif images.is_floating_point() and images.shape[1:] == (config.side**2,):
        floats = images.float().cpu().unflatten(1, (config.side, config.side))
    else:
        raise ValueError(
            f"images must be (N, 28, 28) uint8 or (N, {config.side**2}) floats, "
            f"got {tuple(images.shape)} {images.dtype}"
        )
    if config.pixels == "binarised":
        return binarise(floats, torch.Generator().manual_seed(0))
    return floats
