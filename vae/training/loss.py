"""The loss of one batch under the configured objective, and the schedules of its weights."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae.config import TrainConfig
from vae.exact import Marginal, marginal
from vae.model import VAE
from vae.nn.heads import CellTargets
from vae.nn.posterior import Posterior
from vae.objective import Terms, elbo, importance_weighted
from vae.training.candidates import Candidates


class BatchLoss(NamedTuple):
    """What one batch gives."""

    loss: Tensor  # () to be minimised
    terms: Tensor  # (2,) means of the encoder's reconstruction and KL, nats, without a gradient
    evidence: Tensor | None  # (N,) log p(x), where the objective computes it


def batch_loss(
    model: VAE,
    config: TrainConfig,
    images: Tensor,
    progress: float,
    generator: torch.Generator,
    candidates: Candidates,
) -> BatchLoss:
    """The loss of a batch: the objective's, and the cross-entropy of a head that classifies.

    Args:
        images: (N, side, side) float in [0, 1].
        progress: part of the run that is over, in [0, 1).
        candidates: among which an exact objective chooses its points.
    """
    known = None
    if config.objective in ("exact", "mixed"):
        count = points(config, progress)
        known = marginal(model, images, candidates.choose(images, count), count)
    targets = cell_targets(model, images, known)
    posterior, choice = model.head.supervise(model.encoder(images), targets)
    if config.objective == "importance-weighted":
        bound, terms = importance_weighted(model, images, config.samples, generator, posterior)
        loss = -bound.mean()
    else:
        terms = _terms(model, config, images, generator, posterior)
        loss = terms.loss(beta(config, progress))
    if known is not None:
        share = 1.0 if config.objective == "exact" else config.exact_share
        # Alone, the exact likelihood trains the decoder and the bound the encoder, which would
        # not notice a factor: so it gets its bound whole.
        bound_share = 1.0 if config.objective == "exact" else 1.0 - share
        loss = bound_share * loss - share * known.log_evidence.mean()
    means = torch.stack([terms.reconstruction.detach().mean(), terms.kl.detach().mean()])
    evidence = None if known is None else known.log_evidence
    return BatchLoss(loss + choice.mean(), means, evidence)


@torch.no_grad()
def cell_targets(model: VAE, images: Tensor, known: Marginal | None) -> CellTargets | None:
    """The exact posterior's mass in each cell of the head; None for a head without cells.

    Args:
        images: (N, side, side) float in [0, 1].
        known: the posterior's mass at some points, where the objective has computed it; else it is
            computed at the middle of each cell.
    """
    anchors = model.head.anchors
    if not len(anchors):
        return None
    if known is not None:
        return CellTargets.gather(anchors, known.places, known.shares)
    logits = model.logits(anchors)
    with torch.autocast(images.device.type, enabled=False):  # bf16 would be nats off
        shares = model.likelihood.table(images, logits).softmax(1)
    return CellTargets(shares, shares.argmax(1))


def _terms(
    model: VAE,
    config: TrainConfig,
    images: Tensor,
    generator: torch.Generator,
    posterior: Posterior,
) -> Terms:
    if config.objective != "exact":
        return elbo(model, images, generator, posterior)
    # The gradient goes through the decoder to the encoder, but the decoder's weights get none.
    logits = _frozen(model.decoder, posterior.sample(generator)).float()
    return Terms(-_frozen(model.likelihood, images, logits), posterior.kl_to_prior())


def _frozen(part: nn.Module, *inputs: Tensor) -> Tensor:
    """The output of a part of the model, without a gradient for its weights."""
    weights = {name: weight.detach() for name, weight in part.named_parameters()}
    return torch.func.functional_call(part, weights, inputs)


def beta(config: TrainConfig, progress: float) -> float:
    """The weight of the KL: it may rise from zero in the first epochs.

    Source: Bowman et al. 2016, arXiv:1511.06349, section 3.1.
    """
    if not config.warm_up:
        return config.beta
    return config.beta * min(1.0, progress * config.epochs / config.warm_up)


def points(config: TrainConfig, progress: float) -> int:
    """How fine the lattice is: it doubles at equal intervals, up to `config.lattice`.

    A coarse one is cheap while the map is still coarse, and shows the rough shape first; a sharp
    decoder needs a fine one for most of the run.
    """
    stages = [config.lattice_start]
    while stages[-1] * 2 <= config.lattice:
        stages.append(stages[-1] * 2)
    doublings = len(stages) - 1
    if progress >= config.lattice_rise:
        return stages[-1]
    return stages[int(progress / config.lattice_rise * doublings)]
