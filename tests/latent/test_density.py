import numpy as np
import pytest
from scipy.stats import chi2, gaussian_kde
from sklearn.neighbors import KernelDensity

from vae.latent.density import BANDWIDTH, contours, density, enclosing, prior_radius


@pytest.fixture
def points():
    """Two clouds, one of them lying across the other's way."""
    generator = np.random.default_rng(0)
    left = generator.normal((-0.8, 0.2), (0.3, 0.9), (900, 2))
    right = generator.normal((0.9, -0.4), (0.5, 0.2), (600, 2))
    return np.concatenate([left, right]).astype(np.float32)


X = np.sort(np.tan(np.linspace(-1.3, 1.3, 81))).astype(np.float32)  # close in the middle
Y = (np.linspace(-4, 4, 161) ** 3 / 16).astype(np.float32)


def axis(low, high, size):
    return np.linspace(low, high, size, dtype=np.float32)


def is_inside(place, lines):
    """Whether a ray from the place to the right crosses the lines an odd number of times."""
    crossings = 0
    for line in lines:
        (x, y), (x_next, y_next) = line[:-1].T, line[1:].T
        passes = (y > place[1]) != (y_next > place[1])
        part = (place[1] - y[passes]) / (y_next[passes] - y[passes])
        crossings += (x[passes] + part * (x_next[passes] - x[passes]) > place[0]).sum()
    return crossings % 2 == 1


def test_density_is_scikit_learns_at_every_crossing(points):
    oracle = KernelDensity(bandwidth=BANDWIDTH).set_params(rtol=1e-8).fit(points.astype(np.float64))
    grid = np.stack(np.meshgrid(X, Y), axis=-1).reshape(-1, 2)
    expected = np.exp(oracle.score_samples(grid)).reshape(len(Y), len(X))
    found = density(points, X, Y)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_density_is_scipys_where_its_kernel_is_as_wide_along_both_axes():
    # Points whose covariance is the identity, so that scipy's kernel is round.
    cloud = np.random.default_rng(1).normal(size=(500, 2))
    white = (cloud - cloud.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(cloud.T))).T
    x, y = axis(-3, 3, 31), axis(-2, 4, 41)
    oracle = gaussian_kde(white.T, bw_method=0.3)
    expected = oracle(np.stack(np.meshgrid(x, y)).reshape(2, -1)).reshape(41, 31)
    assert np.allclose(density(white.astype(np.float32), x, y, 0.3), expected, rtol=1e-3, atol=1e-5)


def test_density_adds_up_to_one_over_a_grid_that_is_not_even(points):
    x, y = (np.sinh(axis(-2.5, 2.5, 401)) for _ in "xy")
    total = np.trapezoid(np.trapezoid(density(points, x, y), x, axis=1), y)
    assert total == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0])
def test_the_share_of_the_points_lie_at_or_above_the_level(points, share):
    oracle = KernelDensity(bandwidth=BANDWIDTH).set_params(rtol=1e-8).fit(points.astype(np.float64))
    own = np.exp(oracle.score_samples(points))
    level = enclosing(points, share)
    assert (own >= level * (1 + 1e-4)).mean() <= share <= (own >= level * (1 - 1e-4)).mean()


def test_the_level_of_a_wide_normal_sample_is_that_of_its_circle():
    points = np.random.default_rng(2).normal(size=(5000, 2)).astype(np.float32)
    # The sample, smoothed by the kernel, is a little wider: its variance is 1 + bandwidth².
    variance = 1 + 0.3**2
    expected = np.exp(-0.5 * prior_radius(0.5) ** 2 / variance) / (2 * np.pi * variance)
    assert enclosing(points, 0.5, 0.3) == pytest.approx(expected, rel=0.05)


def test_the_share_of_the_points_lie_inside_the_contours(points):
    shares = (0.25, 0.5, 0.9)
    for share, lines in zip(shares, contours(points, X, Y, shares, 0.2), strict=True):
        inside = np.mean([is_inside(place, lines) for place in points])
        assert inside == pytest.approx(share, abs=0.03)
        assert all(line.dtype == np.float32 and line.shape[1] == 2 for line in lines)


def test_contours_close_inside_the_grid_and_end_at_its_edge(points):
    wide = axis(-5, 5, 101)
    assert all((line[0] == line[-1]).all() for line in contours(points, wide, wide, [0.8])[0])
    narrow = axis(-0.8, 5, 101)
    cut = [line for line in contours(points, narrow, wide, [0.8])[0] if (line[0] != line[-1]).any()]
    assert cut
    assert all(line[end][0] == narrow[0] for line in cut for end in (0, -1))


def test_two_clouds_far_apart_have_a_contour_each():
    clouds = np.random.default_rng(3).normal([[[-2, 0]], [[2, 0]]], 0.2, (2, 400, 2))
    lines = contours(
        clouds.reshape(-1, 2).astype(np.float32), axis(-4, 4, 120), axis(-2, 2, 80), [0.7], 0.2
    )[0]
    assert sorted(round(float(line[:, 0].mean())) for line in lines) == [-2, 2]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95, 0.999])
def test_the_priors_circle_is_that_of_chi_square(share):
    assert prior_radius(share) == pytest.approx(np.sqrt(chi2(2).ppf(share)))
