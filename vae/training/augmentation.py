"""Training images changed at random: bent a little, or as another pen would have drawn them."""

import torch
from torch import Tensor
from torch.nn import functional as F

from vae.data.pixels import to_bytes, to_floats

# Standard deviations: radians, parts of the height, parts of the size, pixels.
TURN, SLANT, SCALE, SHIFT = 0.07, 0.06, 0.04, 0.35
OTHER_TURN, OTHER_SLANT, OTHER_SCALE, OTHER_SHIFT = 0.13, 0.12, 0.06, 0.5
WARP = 0.7  # pixels: standard deviation at each of 4×4 knots
THIN = 0.6  # of the way to a stroke that is two pixels thinner: at the most
DARK = 0.5  # of full ink: what a thin stroke is brought up from, but no further


def bend(images: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """A share of the images under small random affine maps: rotation, shear, scale and translation.

    Args:
        images: (N, S, S) uint8.
        share: 0..1

    Returns:
        (N, S, S) uint8, a new tensor where anything was changed.
    """
    chosen, some = _choose(images, share, generator)
    if not len(some):
        return images
    return _put(images, chosen, _sample(some, _affine(some, generator, TURN, SLANT, SCALE, SHIFT)))


def restyle(images: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """A share of the images as another hand with another pen might have drawn them.

    Strokes are up to two pixels broader or a little thinner, the digit is turned and slanted as
    people's own are, and a smooth random displacement moves its parts against each other.

    Args:
        images: (N, S, S) uint8.
        share: 0..1

    Returns:
        (N, S, S) uint8, a new tensor where anything was changed.

    Source: Simard, Steinkraus & Platt 2003, "Best practices for convolutional neural networks
    applied to visual document analysis", section 2 (elastic distortions).
    """
    chosen, some = _choose(images, share, generator)
    if not len(some):
        return images
    some = _thicken(some, generator)
    grid = _affine(some, generator, OTHER_TURN, OTHER_SLANT, OTHER_SCALE, OTHER_SHIFT)
    side = images.shape[-1]
    knots = torch.randn(len(some), 2, 4, 4, device=some.device, generator=generator)
    warp = F.interpolate(knots, size=(side, side), mode="bicubic", align_corners=True)
    return _put(images, chosen, _sample(some, grid + WARP * 2 / side * warp.permute(0, 2, 3, 1)))


def _choose(images: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Which images (N,) are changed, and those as floats (K, 1, S, S)."""
    chosen = torch.rand(len(images), device=images.device, generator=generator) < share
    return chosen, to_floats(images[chosen], images.device)[:, None]


def _put(images: Tensor, chosen: Tensor, changed: Tensor) -> Tensor:
    found = images.clone()
    found[chosen] = to_bytes(changed[:, 0].clamp(0, 1))
    return found


def _affine(
    some: Tensor,
    generator: torch.Generator,
    turn_by: float,
    slant_by: float,
    scale_by: float,
    shift_by: float,
) -> Tensor:
    """A random affine map for each image (K, 1, S, S), as a grid (K, S, S, 2) to sample at."""
    noise = torch.randn(6, len(some), device=some.device, generator=generator)
    turn, slant = turn_by * noise[0], slant_by * noise[1]
    wide, high = 1 + scale_by * noise[2], 1 + scale_by * noise[3]
    shift = shift_by * 2 / some.shape[-1] * noise[4:]
    top = torch.stack([wide * turn.cos(), slant - turn.sin(), shift[0]], 1)
    bottom = torch.stack([turn.sin(), high * turn.cos(), shift[1]], 1)
    return F.affine_grid(torch.stack([top, bottom], 1), list(some.shape), align_corners=False)


def _sample(some: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(some, grid, align_corners=False)


def _thicken(some: Tensor, generator: torch.Generator) -> Tensor:
    """Each image (K, 1, S, S) with strokes broader or thinner, evenly from -THIN to 1."""
    shape = (len(some), 1, 1, 1)
    by = 2 * torch.rand(shape, device=some.device, generator=generator) - 1
    broad, thin = F.max_pool2d(some, 3, 1, 1), -F.max_pool2d(-some, 3, 1, 1)
    more, less = by.clamp(min=0), THIN * (-by).clamp(min=0)
    drawn = some * (1 - more - less) + broad * more + thin * less
    return drawn / drawn.amax((1, 2, 3), keepdim=True).clamp(min=DARK)
