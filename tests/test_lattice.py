import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from scipy.stats import norm, qmc

from vae.lattice import lattice, spacing


def test_a_lattice_has_the_priors_moments_wherever_it_is_shifted():
    for shift in (None, torch.tensor([0.1, 0.77], dtype=torch.float64)):
        z = lattice(4096, shift)
        assert torch.allclose(z.mean(0), torch.zeros(2), atol=0.01)
        assert torch.allclose(z.T.cov(), torch.eye(2), atol=0.02)


def test_a_lattice_fills_the_square_more_evenly_than_chance():
    def emptiest(z):
        square = torch.special.ndtr(z)
        counts = torch.histc((square[:, 0] * 32).floor() * 32 + (square[:, 1] * 32).floor(), 1024)
        return counts.min()

    assert emptiest(lattice(8192)) >= 5
    assert emptiest(torch.randn(8192, 2, generator=torch.Generator().manual_seed(0))) < 5


def test_its_discrepancy_is_far_below_that_of_chance():
    square = norm.cdf(lattice(2048).double().numpy())
    chance = np.random.default_rng(0).random((2048, 2))
    assert qmc.discrepancy(square) < qmc.discrepancy(chance) / 10


def test_a_mean_over_random_shifts_is_the_integral():
    # E[cos(3x + y)] under N(0, I) is exp(-(9 + 1) / 2); one coarse lattice alone misses it.
    generator = torch.Generator().manual_seed(0)
    shifts = torch.rand(4000, 2, dtype=torch.float64, generator=generator)
    means = torch.stack([(lattice(8, s) @ torch.tensor([3.0, 1.0])).cos().mean() for s in shifts])
    noise = means.std() / len(means) ** 0.5
    assert means.std() > 0.05
    assert abs(means.mean() - np.exp(-5)) < 4 * noise


def test_no_point_of_a_lattice_is_infinitely_far_away():
    edge = torch.tensor([1 - 0.75487766, 1 - 0.56984029], dtype=torch.float64)  # lands on 0
    assert torch.isfinite(lattice(10_000, edge)).all()


@pytest.mark.parametrize("count", [512, 2048, 16_384])
def test_the_spacing_is_what_a_tree_of_neighbours_measures(count):
    z = lattice(count)
    middle = z.norm(dim=1) < 2
    distances, _ = KDTree(z.numpy()).query(z.numpy(), k=5)  # itself and four others
    measured = torch.from_numpy(distances[:, 1:].mean(1)).float()
    ratio = (measured / spacing(z, count))[middle]
    assert 0.7 < ratio.median() < 1.3


def test_the_spacing_squared_is_the_area_that_belongs_to_a_point():
    # count · N(z; 0, I) points lie in a unit of area.
    z = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-1.2, 0.9]])
    density = 1000 * norm.pdf(z.double().numpy()).prod(1)
    assert np.allclose(spacing(z, 1000).numpy() ** 2, 1 / density, rtol=1e-5)
