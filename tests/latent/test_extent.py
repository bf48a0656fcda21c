import numpy as np
import torch
from scipy.stats import norm

from vae.latent.extent import STRETCH, Extent, around, crossings, lines


def test_every_encoded_point_is_within_and_so_are_three_deviations():
    points = torch.tensor([[-7.5, 0.5], [2.0, 4.5]])
    extent = around(points)
    assert extent.x[0] < -7.5 and extent.y[1] > 4.5
    assert extent.x[1] >= 3 and extent.y[0] <= -3
    (left, right), (bottom, top) = extent
    assert np.isclose(right - left, top - bottom)  # as the frame of the map
    assert np.isclose(left + right, -7.5 + 3.5)  # the margin is the same on either side
    for point in points.tolist():
        assert extent.clip(tuple(point)) == tuple(point)


def test_a_place_beyond_the_map_is_put_at_its_edge():
    assert Extent((-3.0, 3.0), (-4.0, 4.0)).clip((99.0, -5.0)) == (3.0, -4.0)


def test_grid_lines_are_stretched_percentiles_from_end_to_end():
    x, y = lines(Extent((-7.5, 3.5), (-3.5, 3.5)), 64)
    for found, ends in ((x, (-7.5, 3.5)), (y, (-3.5, 3.5))):
        assert (found[0], found[-1]) == ends
        assert (np.diff(found) > 0).all()
        shares = np.diff(norm.cdf(found / STRETCH))
        assert np.allclose(shares, shares.mean(), rtol=1e-3)


def test_crossings_run_along_the_rows():
    found = crossings(np.array([1, 2], np.float32), np.array([3, 4], np.float32))
    assert found.tolist() == [[1, 3], [2, 3], [1, 4], [2, 4]]
