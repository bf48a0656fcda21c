"""Pixels: from grey levels to the input of a network, and back.

Its twin in the browser is pages/ui/components/vae/pixels.js.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from vae.config import SIDE, ModelConfig

SEED = 0  # of the noise that binarises validation and test images


def to_floats(images: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """uint8 grey levels 0..255 -> floats in [0, 1]."""
    return images.to(device).float().div_(255)


def to_bytes(images: Tensor) -> Tensor:
    """Floats in [0, 1] -> uint8 grey levels 0..255, to the nearest."""
    return images.mul(255).round_().to(torch.uint8)


def binarise(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Stochastic binarisation: each pixel a Bernoulli draw with its grey level as the probability.

    Not a threshold: images thresholded at one half are another, easier data set.

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
    """The input of a network for images of any origin: their grey levels, at its size.

    For a network of binarised pixels a grey level is the probability of ink, and the image stands
    for all its draws. log p(x|z) is linear in the pixels there, so what is computed of grey levels
    is the expectation under the draws, not the outcome of one; the encoder, which is not linear,
    is shown the levels themselves. Binarised pixels stay as they are.

    Args:
        images: (N, S, S) uint8; or floats in [0, 1], (N, side, side) or plain vectors (N, side²).

    Returns:
        (N, side, side) floats in [0, 1], on the images' device.

    Raises:
        ValueError: if images is none of these.
    """
    square = (config.side, config.side)
    if images.dtype == torch.uint8 and images.dim() == 3 and images.shape[1] == images.shape[2]:
        return to_floats(shrink(images, config.side), images.device)
    if images.is_floating_point() and images.shape[1:] in (square, (config.side**2,)):
        return images.float().reshape(len(images), *square)
    raise ValueError(
        f"images must be (N, 28, 28) uint8, or floats (N, {config.side}, {config.side}) or "
        f"(N, {config.side**2}), got {tuple(images.shape)} {images.dtype}"
    )


def observe_set(images: Tensor, config: ModelConfig) -> Tensor:
    """The input of a network for a whole test or validation set, as the protocol draws it.

    A network of binarised pixels gets the set binarised once, as a whole, by one stream of noise
    with a fixed seed: the pixels of different images are drawn independently, as the figures
    of the literature assume, but those of an image depend on its place in the set.

    Args:
        images: as for `observe`.

    Returns:
        (N, side, side) floats in [0, 1], on the images' device.

    Raises:
        ValueError: as `observe` does.
    """
    levels = observe(images, config)
    if config.pixels != "binarised":
        return levels
    # Drawn on the CPU to be the same everywhere.
    noise = torch.empty(levels.shape).uniform_(generator=torch.Generator().manual_seed(SEED))
    return noise.to(levels.device).lt(levels).to(levels.dtype)
