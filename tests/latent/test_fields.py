from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import entr

from vae.codec import decode
from vae.latent import fields
from vae.latent.fields import Busy, metric, stretch, uncertainty

PLACES = torch.tensor([[0.0, 0.0], [0.7, -1.1], [-2.0, 0.4], [1.5, 1.5]])


@torch.no_grad()
def images(model, z):
    # Not `model.logits`, which rounds to single precision: a difference quotient would see that.
    return model.decoder(z).double().sigmoid().flatten(1)


def test_uncertainty_is_the_entropy_of_a_coin_for_each_pixel(small):
    chance = images(small.model, PLACES).numpy()
    expected = (entr(chance) + entr(1 - chance)).mean(1)
    assert np.allclose(uncertainty(small.model, PLACES).numpy(), expected, atol=1e-5)


def test_a_decoder_that_knows_nothing_is_as_unsure_as_can_be(model):
    for weight in model.decoder.parameters():
        weight.data.zero_()
    assert torch.allclose(uncertainty(model, PLACES), torch.full((4,), np.log(2)).float())
    assert (stretch(model, PLACES) == 0).all()
    assert (decode(model, PLACES) == 128).all()


def test_stretch_is_the_area_of_the_parallelogram_that_finite_differences_span(small):
    model, step = small.model.double(), 1e-5
    z = PLACES.double()
    sides = [
        (images(model, z + step * axis) - images(model, z - step * axis)) / (2 * step)
        for axis in torch.eye(2).double()
    ]
    for place in range(4):
        a, b = (side[place].numpy() for side in sides)
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        area = np.linalg.norm(a) * np.linalg.norm(b) * np.sqrt(1 - cosine**2)
        assert np.isclose(stretch(model, z)[place].item(), area, rtol=1e-3)


def test_a_plane_drawn_twice_as_large_is_stretched_a_quarter_as_much(small):
    before = stretch(small.model, PLACES)
    with torch.no_grad():
        small.model.decoder.plane.weight.mul_(0.5)
    assert torch.allclose(stretch(small.model, 2 * PLACES), before / 4, rtol=1e-3)


def test_the_metric_is_what_finite_differences_of_the_image_span(small):
    model, step = small.model.double(), 1e-5
    z = PLACES.double()
    sides = torch.stack(
        [
            (images(model, z + step * axis) - images(model, z - step * axis)) / (2 * step)
            for axis in torch.eye(2).double()
        ],
        dim=1,
    )
    expected = torch.einsum("nip,njp->nij", sides, sides)
    assert torch.allclose(metric(model, z).double(), expected, rtol=1e-3, atol=1e-6)


def test_a_small_step_moves_the_image_as_far_as_the_metric_says(small):
    model, step = small.model.double(), torch.tensor([3e-4, -2e-4]).double()
    z = PLACES.double()
    moved = (images(model, z + step / 2) - images(model, z - step / 2)).square().sum(1)
    assert torch.allclose((metric(model, z).double() @ step) @ step, moved, rtol=1e-3)


def test_the_metric_of_a_linear_decoder_is_the_same_everywhere():
    weights = torch.tensor([[3.0, 0.0, 4.0], [0.0, 2.0, 1.0]])
    model: Any = SimpleNamespace(
        device="cpu",
        logits=lambda z: (z @ weights)[:, None],
        likelihood=SimpleNamespace(mean=lambda logits: logits),
    )
    assert torch.allclose(metric(model, PLACES), (weights @ weights.T).expand(4, 2, 2))
    assert torch.allclose(stretch(model, PLACES), torch.linalg.det(weights @ weights.T).sqrt())


def test_two_threads_differentiate_in_turn_and_an_impatient_one_is_told(small):
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: stretch(small.model, PLACES), range(12)))
    assert all(torch.equal(one, found[0]) for one in found)
    with fields._FORWARD, pytest.raises(Busy):
        stretch(small.model, PLACES, patience=0.01)
    assert torch.equal(stretch(small.model, PLACES, patience=0.01), found[0])
