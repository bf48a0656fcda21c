"""The report card: the evaluation of a model, in figures with units.

The protocol: binarised pixels drawn once with a fixed seed; the encoder sees the binarised image;
per image and in nats the ELBO, its two terms, the 500-sample bound and the integral itself with
its convergence. Figures of grey levels and of binarised pixels do not compare.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae.codec import encode
from vae.config import ModelConfig
from vae.data.pixels import observe_set
from vae.data.sets import Dataset, Split, hold_back
from vae.exact import Convergence, TruePosterior, integrate, refinements
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.objective import Terms, expected, importance_weighted

LOG = logging.getLogger(__name__)
Progress = Callable[[str], None]
COARSEST = 2**14  # points that the integral begins with
SAMPLES = 500
FEW = (100, 600, 1000)  # labels
DRAWS = 10  # times that few labels are drawn
UNITS = {  # of what is not in nats per image
    "knn, knn_exact, few_labels": "share of test images, by 1 and by 5 neighbours",
    "mse": "squared error of a pixel, ink is 1",
    "pixel_entropy": "nats per pixel",
    "step": "standard deviations of the prior",
}
REFERENCE = 2**16  # points for the modes of training images, which are only neighbours


class EncodedSplit(NamedTuple):
    """The images of a split as they enter the network, and what its encoder gives for them."""

    images: Tensor  # (N, side, side) floats, on the model's device
    labels: Tensor  # (N,)
    posterior: Posterior  # of each image, on the model's device

    @property
    def means(self) -> Tensor:
        """(N, 2) on the CPU."""
        return self.posterior.mean.cpu()


def unit(config: ModelConfig) -> str:
    """The unit of a model's log-likelihoods, as its pixels and its likelihood make it."""
    if config.pixels == "binarised":
        return "nats per binarised image"
    if config.likelihood == "bernoulli":
        return "nats per image, grey levels as probabilities"
    return "nats per image, density of grey levels"


@torch.inference_mode()
def report_card(
    model: VAE, dataset: Dataset, validation: int = 0, progress: Progress = LOG.info
) -> dict[str, Any]:
    """The figures of a model on the test images; some minutes' work for 10,000 of them.

    Args:
        dataset: its test images judge, its training images are the neighbours.
        validation: training images that were held back, and are no neighbours either.
        progress: is told what is being computed, in words for a person.
    """
    progress("Scoring, 1 of 4: the bound on the test images")
    splits = hold_back(dataset, validation)[0], dataset.test
    train, test = (encode_split(model, split) for split in splits)
    bound = bounds(model, test.images, test.posterior)
    exact, convergence = _refine(model, test.images, progress)
    evidence = exact.log_evidence.mean().item()
    progress(f"Scoring, 3 of 4: the bound from {SAMPLES} samples")
    weighted = evidence - shortfall(model, test, exact.log_evidence)
    progress("Scoring, 4 of 4: the neighbours of the test images among the training images")
    modes = integrate(model, train.images, min(convergence.points, REFERENCE)).mode.cpu()
    return {
        "unit": unit(model.config),
        "units": UNITS,
        "dataset": dataset.name,
        "images": len(test.images),
        "elbo": bound.elbo.mean().item(),
        "reconstruction": bound.reconstruction.mean().item(),
        "kl": bound.kl.mean().item(),
        f"importance_weighted_{SAMPLES}": weighted,
        "exact_log_likelihood": evidence,
        "gap": evidence - bound.elbo.mean().item(),
        "integration": convergence._asdict(),
        "knn": accuracy(train.means, train.labels, test.means, test.labels),
        "knn_exact": accuracy(modes, train.labels, exact.mode.cpu(), test.labels),
        "few_labels": dict(few_labels(train, test)),
        "mse": mean_squared_error(model, test),
        "pixel_entropy": pixel_entropy(model, test),
        "parameters": model.parameters_count,
        "device": str(model.device),
    }


def _refine(model: VAE, images: Tensor, progress: Progress) -> tuple[TruePosterior, Convergence]:
    def told(found: tuple[TruePosterior, Convergence]) -> tuple[TruePosterior, Convergence]:
        progress(f"Scoring, 2 of 4: log p(x), integrated over {found[1].points:,} points so far")
        return found

    progress(f"Scoring, 2 of 4: log p(x), integrated over {COARSEST:,} points")
    *_, finest = map(told, refinements(model, images, coarsest=COARSEST))
    return finest


def encode_split(model: VAE, split: Split) -> EncodedSplit:
    """A split, drawn as the protocol draws it and encoded."""
    images = observe_set(split.images, model.config).to(model.device)
    return EncodedSplit(images, split.labels, encode(model, images))


def bounds(model: VAE, images: Tensor, posterior: Posterior | None = None) -> Terms:
    """The two terms of the ELBO, their expectation by quadrature: (N,) each.

    Args:
        images: (N, side, side) floats.
        posterior: of each image; by default the encoder's.
    """
    posterior = posterior or encode(model, images)
    batches = zip(images.split(250), posterior.split(250), strict=True)
    parts = [expected(model, batch, 3, found) for batch, found in batches]
    return Terms(*(torch.cat(column) for column in zip(*parts, strict=True)))


def shortfall(model: VAE, split: EncodedSplit, evidence: Tensor, samples: int = SAMPLES) -> float:
    """The gap between the evidence and the importance-weighted bound, a mean in nats.

    Five million decoded images are quick for dense layers and an hour for convolutions; with these
    only the first tenth of the images is used. Images differ from each other by far more than
    their bounds from their evidence, so the difference is known well from few of them.

    Args:
        evidence: (N,) log p(x) of each image.
    """
    generator = torch.Generator(model.device).manual_seed(0)
    count = -(-len(evidence) // 10) if model.config.decoder == "conv" else len(evidence)
    images, posterior = split.images[:count], next(split.posterior.split(count))
    batches = zip(images.split(10), posterior.split(10), evidence[:count].split(10), strict=True)
    total = 0.0
    for batch, found, known in batches:
        bound, _ = importance_weighted(model, batch, samples, generator, found)
        total += (known - bound).sum().item()
    return total / count


def accuracy(places: Tensor, labels: Tensor, others: Tensor, truth: Tensor) -> dict[str, float]:
    """The accuracy of nearest-neighbour classification on the plane, with 1 and with 5 of them.

    Args:
        places, labels: (N, 2) and (N,), the neighbours.
        others, truth: (M, 2) and (M,), the points to classify, and their classes.
    """
    # Imported here because it takes seconds: who opens a model for its costs does without.
    from sklearn.neighbors import KNeighborsClassifier

    return {
        str(count): float(
            KNeighborsClassifier(min(count, len(labels)))
            .fit(places.numpy(), labels.numpy())
            .score(others.numpy(), truth.numpy())
        )
        for count in (1, 5)
    }


def few_labels(train: EncodedSplit, test: EncodedSplit) -> Iterator[tuple[str, dict[str, float]]]:
    """The accuracy with few labelled training images: means over several draws of them."""
    random = np.random.default_rng(0)
    for count in FEW:
        if count > len(train.labels):
            continue
        draws = [random.choice(len(train.labels), count, replace=False) for _ in range(DRAWS)]
        found = [
            accuracy(train.means[draw], train.labels[draw], test.means, test.labels)
            for draw in draws
        ]
        yield str(count), {key: float(np.mean([draw[key] for draw in found])) for key in found[0]}


def mean_squared_error(model: VAE, split: EncodedSplit) -> float:
    """The mean squared error of a pixel decoded from the encoder's mean, where ink is 1."""
    total = sum(
        (_decoded(model, means) - images).square().sum().item() for images, means in _batches(split)
    )
    return total / split.images.numel()


def pixel_entropy(model: VAE, split: EncodedSplit) -> float:
    """The mean entropy of a decoded pixel as a Bernoulli variable, in nats: at most log 2."""
    total = 0.0
    for _, means in _batches(split):
        chance = _decoded(model, means).cpu().double().clamp(1e-12, 1 - 1e-12)
        entropy = torch.special.entr(chance) + torch.special.entr(1 - chance)
        total += entropy.sum().item()
    return total / split.images.numel()


def _decoded(model: VAE, means: Tensor) -> Tensor:
    return model.likelihood.mean(model.logits(means.to(model.device)))


def _batches(split: EncodedSplit) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(split.images.split(1000), split.means.split(1000), strict=True)
