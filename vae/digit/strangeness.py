"""How strange an image is to a model: what it costs beyond its own greyness, for its size.

The negative ELBO alone says little of it. A thin 1 costs few nats and a broad 8 many, whatever the
model has learnt: a model that has never seen a 1 finds it more likely than the digits that it was
trained on. Taken out of the cost are therefore the entropy of the image's own grey levels, which no
model can explain, and its size: the length of its outline, along which reconstructions err, and the
ink of the reconstruction. What is left weighs more where the reconstruction lacks a whole stroke
than where it is a little off everywhere.

Which of many such scores is best was measured: `python -m benchmarks.anomaly`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from vae.codec import BATCH, encode
from vae.config import SIDE
from vae.data.pixels import observe
from vae.evaluate import bounds
from vae.model import VAE

TYPICAL = 95.0  # pixels: an average digit of MNIST has about this size
SMALLEST, LARGEST = 30.0, 140.0  # pixels: 99 of 100 digits lie between; scribbles do not
POWER = 1.5  # of the size by which a cost is divided
RESIDUAL = 0.3  # largest blurred residual of an average digit of MNIST, about
SHARE = 0.5  # power of the largest residual by which a cost is multiplied
BLUR = 1.5  # pixels, the standard deviation of a Gaussian: a stroke is about twice as wide


def outline(levels: Tensor) -> Tensor:
    """The length of the outline of the ink: the total variation of the grey levels.

    Args:
        levels: (N, side, side) floats in [0, 1]; around them is paper.

    Returns:
        (N,) pixels.

    Source: Rudin, Osher & Fatemi 1992; that it is the mean length of the level lines is the coarea
    formula.
    """
    paper = F.pad(levels, (1, 1, 1, 1))
    across = paper[:, :-1, 1:] - paper[:, :-1, :-1]
    down = paper[:, 1:, :-1] - paper[:, :-1, :-1]
    return (across.square() + down.square()).sqrt().sum((1, 2))


def own_entropy(levels: Tensor) -> Tensor:
    """The entropy of the black and white draws that grey levels stand for.

    Args:
        levels: (N, side, side) floats in [0, 1].

    Returns:
        (N,) nats; 0 where all is black or white.
    """
    return (torch.special.entr(levels) + torch.special.entr(1 - levels)).sum((1, 2))


def size(levels: Tensor, decoded: Tensor) -> Tensor:
    """The geometric mean of an image's outline and of its reconstruction's ink.

    Args:
        levels, decoded: (N, side, side) floats in [0, 1], the image and its reconstruction.

    Returns:
        (N,) in pixels of 28×28 whatever the side is, from `SMALLEST` to `LARGEST`: beyond what
        digits have, size excuses no cost.
    """
    times = _times(levels)
    product = times * outline(levels) * times**2 * decoded.sum((1, 2))
    return product.sqrt().clamp(SMALLEST, LARGEST)


def largest_residual(levels: Tensor, decoded: Tensor) -> Tensor:
    """The largest difference between images and their reconstructions, blurred.

    Args:
        levels, decoded: as for `size`.

    Returns:
        (N,) in [0, 1]: 1 where a large patch of ink has been taken for paper, or the reverse.
    """
    steps = torch.arange(-6, 7, device=levels.device) * (_times(levels) / BLUR)
    weights = torch.exp(-0.5 * steps.square())
    weights = weights / weights.sum()
    tall = F.conv2d((levels - decoded)[:, None], weights.view(1, 1, -1, 1), padding=(6, 0))
    return F.conv2d(tall, weights.view(1, 1, 1, -1), padding=(0, 6))[:, 0].abs().amax((1, 2))


def strangeness(cost: Tensor, levels: Tensor, decoded: Tensor) -> Tensor:
    """What images cost beyond their own entropy, as if all were typical digits in size.

    The cost less the entropy bounds a Kullback-Leibler divergence: that of the draws for which the
    image stands from the model's distribution.

    Args:
        cost: (N,) nats: the negative ELBO, or -log p(x).
        levels, decoded: as for `size`.

    Returns:
        (N,) nats for a digit of `TYPICAL` size with a largest residual of `RESIDUAL`. They compare
        between images under one model, not between models.
    """
    excess = cost - own_entropy(levels)
    stroke = (largest_residual(levels, decoded) / RESIDUAL) ** SHARE
    return excess * stroke * (TYPICAL / size(levels, decoded)) ** POWER


@torch.inference_mode()
def strangenesses(model: VAE, images: Tensor) -> Tensor:
    """How strange each image is to a model with Bernoulli pixels.

    Args:
        images: (N, 28, 28) uint8, 0 is background and 255 is ink.

    Returns:
        (N,) nats as `strangeness` has them, on the CPU.

    Raises:
        ValueError: if the model's pixels are not Bernoulli: grey levels have no entropy then.
    """
    if model.config.likelihood != "bernoulli":
        raise ValueError(f"the pixels must be bernoulli, not {model.config.likelihood}")
    levels = observe(images, model.config).to(model.device)
    posterior = encode(model, levels)
    places = posterior.mean.split(BATCH)
    decoded = torch.cat([model.likelihood.mean(model.logits(some)) for some in places])
    return strangeness(-bounds(model, levels, posterior).elbo, levels, decoded).cpu()


def _times(levels: Tensor) -> int:
    """How many pixels of 28×28, along each side, make one of these."""
    return SIDE // levels.shape[-1]
