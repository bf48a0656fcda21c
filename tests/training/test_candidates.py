"""Which points of a lattice a step takes."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from tests.support.configs import QUICK
from vae.lattice import lattice
from vae.model import VAE
from vae.training.candidates import KEPT, SERVED, SHARE, Candidates
from vae.training.loop import Training

FINE = 2048


@pytest.fixture
def images(digits):
    """Forty real digits in black and white."""
    return (digits.test.images[:40] > 127).float()


def late(model):
    """As they are once the training has seen many images."""
    candidates = Candidates(model, 0)
    candidates.seen = SERVED * SHARE
    return candidates


def rows(points):
    return {tuple(row) for row in points.tolist()}


def test_a_coarse_lattice_is_taken_whole_and_moves_at_every_step(small, images):
    candidates = Candidates(small.model, 0)
    first, second = (candidates.choose(images, KEPT) for _ in range(2))
    assert len(first) == len(second) == KEPT
    assert not rows(first) & rows(second)


def test_a_fine_lattice_stays_for_some_steps_and_then_moves(small, images):
    candidates = late(small.model)
    steps = SERVED // len(images)
    chosen = [candidates.choose(images, FINE) for _ in range(2 * steps)]
    assert {len(points) for points in chosen} == {KEPT}
    lattices = [set().union(*map(rows, part)) for part in (chosen[:steps], chosen[steps:])]
    assert all(len(points) <= FINE for points in lattices)
    assert not lattices[0] & lattices[1]


def test_at_first_a_lattice_does_not_stay_long(small, images):
    candidates = Candidates(small.model, 0)
    served = []
    for _ in range(2 * SHARE * SERVED // len(images)):
        candidates.choose(images, FINE)
        served.append(candidates.served)
    ends = [here for here, after in pairwise(served) if after < here]
    assert ends[0] <= 2 * len(images)
    assert ends == sorted(ends)
    assert ends[-1] == SERVED


def test_each_batch_has_points_of_its_own(small, images):
    candidates = late(small.model)
    first, second = (candidates.choose(part, FINE) for part in images.split(20))
    assert 0 < len(rows(first) & rows(second)) < KEPT


def test_a_finer_lattice_is_decoded_at_once(small, images):
    candidates = late(small.model)
    candidates.choose(images, FINE)
    candidates.choose(images, 2 * FINE)
    assert candidates.decoded
    assert len(candidates.decoded.places) == 2 * FINE


def test_the_shift_depends_on_seed_and_step_alone(small, images):
    def places(seed, batch):
        candidates = Candidates(small.model, seed)
        for _ in range(3):
            candidates.choose(batch, 100)
        return rows(candidates.choose(batch, 100))

    assert places(3, images) == places(3, images[:7]) != places(4, images)


@torch.no_grad()
def test_the_weights_may_have_moved_meanwhile(digits, images):
    """Chosen by the weights of some steps ago they hold nearly as much mass as any could."""
    config = replace(
        QUICK.train, objective="exact", lattice_start=FINE, lattice=FINE, batch_size=125, epochs=9
    )
    torch.manual_seed(0)
    training = Training(VAE(replace(QUICK.model, pixels="binarised")), config, digits)
    candidates = training.trainer.candidates
    with torch.enable_grad():
        for _ in training.run():
            limit = min(SERVED, candidates.seen // SHARE)
            if training.epoch >= 6 and limit - 250 < candidates.served < limit:
                break
    chosen = candidates.choose(images, FINE)
    assert candidates.decoded
    places = candidates.decoded.places
    table = training.model.likelihood.table(images, training.model.logits(places))
    mass = table.softmax(1).sum(0)
    kept = [i for i, row in enumerate(places.tolist()) if tuple(row) in rows(chosen)]
    assert mass[kept].sum() > 0.99 * mass.topk(len(chosen)).values.sum()
    assert candidates.served > len(images), "they were chosen by the weights as they are"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_decoder_still_learns_in_the_step_that_decodes_the_lattice(precision, digits):
    config = replace(
        QUICK.train, objective="exact", lattice_start=FINE, lattice=FINE, precision=precision
    )
    torch.manual_seed(0)
    training = Training(VAE(QUICK.model), config, digits)
    before = {name: w.clone() for name, w in training.model.decoder.named_parameters()}
    next(training.run())
    for name, weight in training.model.decoder.named_parameters():
        assert weight.grad is not None, name
        assert not torch.equal(weight, before[name]), name


def test_the_points_are_those_of_the_lattice(small, images):
    chosen = Candidates(small.model, 5).choose(images, FINE)
    shift = torch.rand(2, dtype=torch.float64, generator=torch.Generator().manual_seed(5_000_015))
    assert rows(chosen) < rows(lattice(FINE, shift))
