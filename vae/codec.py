"""Encoding and decoding with a trained model, in batches and without gradients.

What the network itself gives, differentiable and for one batch, is `VAE.posterior`.
"""

from typing import Literal, overload

import torch
from torch import Tensor

from vae.config import LATENT, SIDE
from vae.data.pixels import enlarge, observe, to_bytes
from vae.exact import TruePosterior, refine
from vae.model import VAE
from vae.nn.posterior import Posterior, concatenate

BATCH = 1000  # images at a time: few enough for the widest convolutions that are allowed


@overload
def encode(model: VAE, images: Tensor, method: Literal["encoder"] = "encoder") -> Posterior: ...
@overload
def encode(model: VAE, images: Tensor, method: Literal["exact"]) -> TruePosterior: ...
@torch.inference_mode()
def encode(
    model: VAE, images: Tensor, method: Literal["encoder", "exact"] = "encoder"
) -> Posterior | TruePosterior:
    """The posterior over z of each image: approximate, q(z|x), or exact, p(z|x).

    Args:
        images: (N, 28, 28) uint8, 0 is background and 255 is ink; or floats in [0, 1], (N, side,
            side) or plain vectors (N, side²). They pass through `pixels.observe`, which leaves a
            set that `pixels.observe_set` has binarised as it is.
        method: encoder: the amortised posterior that the network has learnt to predict; exact: the
            true posterior, integrated over the plane without any encoder.

    Returns:
        The encoder's Gaussian, or the evidence, mode, mean and covariance of the true posterior,
        on the model's device.

    Raises:
        ValueError: if images is none of these.
    """
    seen = observe(images, model.config)
    if method == "exact":
        return refine(model, seen)[0]
    return concatenate([model.posterior(part.to(model.device)) for part in _parts(seen)])


@torch.inference_mode()
def decode(model: VAE, z: Tensor) -> Tensor:
    """The mean image at each point of the plane.

    Args:
        z: (N, 2), in standard deviations of the prior N(0, I).

    Returns:
        (N, 28, 28) uint8 on the CPU, 0 is background and 255 is ink.

    Raises:
        ValueError: if z is not (N, 2).

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix C.1 (Bernoulli decoder).
    """
    if z.dim() != 2 or z.shape[1] != LATENT:
        raise ValueError(f"z must be (N, 2), got {tuple(z.shape)}")
    parts = [
        to_bytes(enlarge(model.likelihood.mean(model.logits(part.to(model.device)))))
        for part in _parts(z)
    ]
    return torch.cat(parts).cpu() if parts else torch.empty(0, SIDE, SIDE, dtype=torch.uint8)


def reconstruct(model: VAE, images: Tensor) -> Tensor:
    """Each image, encoded and decoded again at the mean of its posterior.

    Args:
        images: (N, 28, 28) uint8.

    Returns:
        (N, 28, 28) uint8 on the CPU.
    """
    return decode(model, encode(model, images).mean)


def _parts(rows: Tensor) -> tuple[Tensor, ...]:
    return rows.split(BATCH) if len(rows) else ()
