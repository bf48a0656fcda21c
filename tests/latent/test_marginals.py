import numpy as np
import pytest
import torch
from scipy import stats

from vae.latent.marginals import LEAST, MOST, marginals, prior


@pytest.fixture
def means():
    return torch.randn(4000, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([1, 2])


def test_each_bar_is_the_share_of_images_in_it(means):
    middles, densities, _ = marginals(means)
    width = middles[1] - middles[0]
    for axis in (0, 1):
        for middle, density in zip(middles, densities[axis], strict=True):
            here = (means[:, axis].double() - middle).abs() < width / 2
            assert density * width == pytest.approx(here.double().mean().item(), abs=1e-12)


def test_the_bars_and_what_is_outside_are_all_images(means):
    middles, densities, outside = marginals(means)
    inside = densities.sum(1) * (middles[1] - middles[0])
    assert inside + outside == pytest.approx([1, 1])


def test_samples_of_the_prior_stand_along_its_density():
    many = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(1))
    middles, densities, _ = marginals(many)
    assert np.abs(densities - prior(middles)).max() < 0.015


def test_the_prior_is_the_normal_distribution_of_scipy():
    z = np.linspace(-5, 5, 41)
    assert prior(z) == pytest.approx(stats.norm.pdf(z))


def test_as_much_is_looked_at_as_there_is_but_not_all_that_is_far_out(means):
    assert marginals(means * 0.01).middles[-1] == pytest.approx(LEAST, rel=0.05)
    assert marginals(means * 1000).middles[-1] == pytest.approx(MOST, rel=0.05)
    assert (marginals(means * 1000).outside > 0.9).all()
