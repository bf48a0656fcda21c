import numpy as np
import pytest
import torch
from scipy.stats import chi2, kstest

from vae.latent.samples import draw


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_squared_distances_from_the_middle_follow_chi_square(temperature):
    z = torch.cat([draw(400, temperature, seed) for seed in range(10)]).double().numpy()
    squares = (z / temperature) ** 2
    assert kstest(squares.sum(1), chi2(2).cdf).pvalue > 0.001
    assert abs(np.corrcoef(z.T)[0, 1]) < 4 / np.sqrt(len(z))


@pytest.mark.parametrize("axis", [0, 1])
def test_each_axis_is_normal(axis):
    z = torch.cat([draw(400, seed=seed) for seed in range(10)])[:, axis]
    assert kstest(z.numpy(), "norm").pvalue > 0.001


def test_the_seed_decides_and_nothing_else_does():
    torch.manual_seed(5)
    first, state = draw(9, seed=3), torch.get_rng_state()
    torch.manual_seed(6)
    assert torch.equal(draw(9, seed=3), first)
    assert not torch.equal(draw(9, seed=4), first)
    torch.manual_seed(5)
    assert torch.equal(torch.get_rng_state(), state)  # torch's own generator was left alone


@pytest.mark.parametrize("count", [1, 7, 16, 399])
def test_more_places_begin_with_the_same_ones(count):
    assert torch.equal(draw(400, seed=2)[:count], draw(count, seed=2))


def test_without_temperature_every_place_is_the_middle():
    assert (draw(5, 0) == 0).all()
    assert draw(5, 0).shape == (5, 2)
    assert draw(5).dtype == torch.float32


@pytest.mark.parametrize("count", [0, -1, 401])
def test_too_few_or_too_many_are_refused(count):
    with pytest.raises(ValueError, match="1 to 400"):
        draw(count)


@pytest.mark.parametrize("temperature", [-0.1, 3.1, float("inf"), float("nan")])
def test_a_temperature_out_of_its_bounds_is_refused(temperature):
    with pytest.raises(ValueError, match="0 to 3"):
        draw(1, temperature)
