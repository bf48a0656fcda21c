"""Training as an iterator of reports: whoever wants to watch, prints, stores or stops it."""

import math
import time
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae.config import TrainConfig
from vae.data import Dataset
from vae.device import autocast, resolve_precision
from vae.errors import TrainingError
from vae.model import VAE, Posterior, to_floats
from vae.objective import Terms, bernoulli_log_likelihood, elbo, kl_to_prior

WARM_UP = 0.1  # part of the run during which the learning rate rises from zero


class Score(NamedTuple):
    """Means over a set of images, in nats per image."""

    elbo: float
    reconstruction: float
    kl: float


class Report(NamedTuple):
    """What is known after an epoch."""

    epoch: int  # 1 is the first
    seconds: float  # spent on this epoch, its scores included
    train: Score  # while the weights were still moving
    test: Score
    encoded: Posterior  # the test set on the plane: mean (N, 2), log_var (N, 2), on the CPU


def fit(model: VAE, config: TrainConfig, data: Dataset) -> Iterator[Report]:
    """Train a model, one epoch for each item taken from the iterator.

    The model is trained in place on the device it is on, and is in evaluation mode whenever a
    report is handed out.

    Raises:
        TrainingError: if the loss stops being a number.
    """
    device = model.device
    precision = resolve_precision(config.precision, device)
    generator = torch.Generator(device).manual_seed(config.seed)
    train, test = data.train.images.to(device), data.test.images.to(device)
    optimiser = torch.optim.AdamW(
        model.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )
    steps = config.epochs * math.ceil(len(train) / config.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: one_cycle(step / steps))

    for epoch in range(1, config.epochs + 1):
        start = time.perf_counter()
        model.train()
        total = torch.zeros(2, device=device)
        for batch in torch.randperm(len(train), device=device, generator=generator).split(
            config.batch_size
        ):
            with autocast(device, precision):
                terms = elbo(model, to_floats(train[batch], device), generator)
            optimiser.zero_grad(set_to_none=True)
            terms.loss(config.beta).backward()
            optimiser.step()
            schedule.step()
            total += sums(terms)
        model.eval()
        _refuse_divergence(total, epoch)
        test_score, encoded = evaluate(model, test)
        score = mean_score(total, len(train))
        yield Report(epoch, time.perf_counter() - start, score, test_score, encoded)


def one_cycle(progress: float) -> float:
    """The learning rate as a part of its largest: a linear rise, then half a cosine down to zero.

    Source: Smith & Topin 2017, arXiv:1708.07120.
    """
    if progress < WARM_UP:
        return progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


@torch.inference_mode()
def evaluate(model: VAE, images: Tensor) -> tuple[Score, Posterior]:
    """The bound on a set of images, with one sample of z for each and always the same noise.

    In fp32: this is what is kept and shown.

    Args:
        images: (N, 28, 28) uint8.
    """
    generator = torch.Generator(model.device).manual_seed(0)
    total, parts = torch.zeros(2, device=model.device), []
    for batch in images.split(1000):
        pixels = to_floats(batch, model.device)
        posterior = model.posterior(pixels)
        logits = model.logits(posterior.sample(generator))
        total += sums(Terms(-bernoulli_log_likelihood(pixels, logits), kl_to_prior(posterior)))
        parts.append(posterior)
    means, log_vars = zip(*parts, strict=True)
    encoded = Posterior(torch.cat(means).cpu(), torch.cat(log_vars).cpu())
    return mean_score(total, len(images)), encoded


def sums(terms: Terms) -> Tensor:
    """(2,) Reconstruction and KL summed over the batch, without leaving the device."""
    return torch.stack([terms.reconstruction.detach().sum(), terms.kl.detach().sum()])


def mean_score(total: Tensor, count: int) -> Score:
    """Sums over `count` images -> means."""
    reconstruction, kl = (total / count).tolist()
    return Score(-(reconstruction + kl), reconstruction, kl)


def _refuse_divergence(total: Tensor, epoch: int) -> None:
    if not torch.isfinite(total).all():
        raise TrainingError(
            f"The loss stopped being a number in epoch {epoch}: the steps were too large. "
            "Start again with a smaller learning rate; the epochs before this one are kept."
        )
