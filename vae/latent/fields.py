"""Scalar fields of the decoder over the plane: its pixel entropy, and the volume of its metric."""

import threading

import torch
from torch import Tensor
from torch.autograd import forward_ad

from vae.model import VAE

BATCH = 256
# Forward mode counts its levels for the whole process: two threads may not be in it at once.
_FORWARD = threading.Lock()


class Busy(Exception):  # noqa: N818 - it is no error: another thread differentiates just now
    """Another thread held forward-mode differentiation for longer than the caller would wait."""


@torch.inference_mode()
def uncertainty(model: VAE, z: Tensor) -> Tensor:
    """Mean entropy of a decoded pixel, taken as a Bernoulli variable.

    Args:
        z: (N, 2)

    Returns:
        (N,) nats per pixel on the CPU: 0 is certain, log 2 = 0.69 is the toss of a coin.
    """
    return torch.cat([_entropy(model, part.to(model.device)).cpu() for part in z.split(BATCH)])


def _entropy(model: VAE, z: Tensor) -> Tensor:
    chance = model.likelihood.mean(model.logits(z)).clamp(1e-7, 1 - 1e-7)
    return (torch.special.entr(chance) + torch.special.entr(1 - chance)).mean((1, 2))


def metric(model: VAE, z: Tensor, patience: float = -1) -> Tensor:
    """The pull-back metric of the decoder, JᵀJ: a small step δ moves the image by √(δᵀ JᵀJ δ).

    J is the Jacobian of the mean image, its pixels between 0 and 1, with respect to z: two columns,
    each from one pass in forward mode.

    Args:
        z: (N, 2)
        patience: seconds to wait while another thread differentiates; -1 is for ever.

    Returns:
        (N, 2, 2) JᵀJ, squared distance in the space of images per squared distance on the plane, on
        the CPU.

    Raises:
        Busy: if the patience did not suffice.

    Source: Arvanitidis, Hansen & Hauberg 2018, arXiv:1710.11379, section 3.
    """
    parts = (part.to(model.device) for part in z.split(BATCH))
    return torch.cat([_metric(model, part, patience).cpu() for part in parts])


def stretch(model: VAE, z: Tensor, patience: float = -1) -> Tensor:
    """The volume element of the pull-back metric, √det JᵀJ: how much a patch grows when decoded.

    Args:
        z: (N, 2)
        patience: as for `metric`.

    Returns:
        (N,) area in the space of images per area of the plane, on the CPU.
    """
    tensor = metric(model, z, patience)
    squares = tensor[:, 0, 0] * tensor[:, 1, 1] - tensor[:, 0, 1].square()
    return squares.clamp(min=0).sqrt()


@torch.no_grad()
def _metric(model: VAE, z: Tensor, patience: float) -> Tensor:
    if not _FORWARD.acquire(timeout=patience):
        raise Busy
    try:
        sides = torch.stack([_change(model, z, axis) for axis in torch.eye(2).to(z)], 1)
    finally:
        _FORWARD.release()
    return sides @ sides.mT


def _change(model: VAE, z: Tensor, direction: Tensor) -> Tensor:
    """(N, pixels) How the mean image changes when z moves in a direction: forward mode."""
    with forward_ad.dual_level():
        moved = forward_ad.make_dual(z, direction.expand_as(z).contiguous())
        image = model.likelihood.mean(model.logits(moved)).flatten(1)
        change = forward_ad.unpack_dual(image).tangent
    return torch.zeros_like(image) if change is None else change
