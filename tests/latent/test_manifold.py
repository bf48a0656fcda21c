import numpy as np
import pytest
import torch
from scipy.stats import norm

from vae.codec import decode
from vae.latent.manifold import grid


def test_rows_come_from_the_top_and_columns_from_the_left():
    z = grid(5, (-2.0, 3.0), (-1.0, 4.0)).reshape(5, 5, 2)
    assert (z[0, :, 1] > z[-1, :, 1]).all()
    assert torch.allclose(z[2, :, 0], torch.tensor([-1.5, -0.5, 0.5, 1.5, 2.5]))
    assert torch.allclose(z[:, 3, 1], torch.tensor([3.5, 2.5, 1.5, 0.5, -0.5]))
    assert z.dtype == torch.float32


def test_percentiles_are_even_and_every_cell_holds_as_much_of_the_prior():
    z = grid(20, (0.0, 1.0), (0.0, 1.0), percentiles=True).reshape(20, 20, 2).double().numpy()
    assert np.allclose(norm.cdf(z[0, :, 0]), (np.arange(20) + 0.5) / 20)
    assert np.allclose(norm.cdf(z[:, 0, 1]), 1 - (np.arange(20) + 0.5) / 20)


def test_part_of_the_percentiles_is_divided_evenly_too():
    z = grid(4, (0.2, 0.6), (0.5, 0.9), percentiles=True).double().numpy()
    assert np.allclose(norm.cdf(z[:4, 0]), [0.25, 0.35, 0.45, 0.55])
    assert np.allclose(norm.cdf(z[::4, 1]), [0.85, 0.75, 0.65, 0.55])


@pytest.mark.parametrize("percentiles", [False, True])
def test_decoding_the_grid_is_decoding_each_place(small, percentiles):
    z = grid(6, (0.05, 0.9), (0.1, 0.95), percentiles)
    together = decode(small.model, z).int()
    alone = torch.cat([decode(small.model, place[None]) for place in z]).int()
    # In a larger batch sums are taken in another order: a pixel on the edge may round differently.
    assert (together - alone).abs().max() <= 1
    assert together.float().std() > 0


def test_a_single_cell_is_the_middle():
    assert grid(1, (-1.0, 3.0), (2.0, 4.0)).tolist() == [[1.0, 3.0]]
    assert grid(1, (0.0, 1.0), (0.0, 1.0), percentiles=True).tolist() == [[0.0, 0.0]]


def test_the_largest_grid_is_finite_up_to_its_corners():
    z = grid(60, (0.0, 1.0), (0.0, 1.0), percentiles=True)
    assert z.shape == (3600, 2)
    assert z.isfinite().all()
    assert torch.allclose(z, -z.flip(0), atol=1e-6)


@pytest.mark.parametrize("n", [0, -1, 61])
def test_too_few_or_too_many_are_refused(n):
    with pytest.raises(ValueError, match="1 to 60"):
        grid(n, (-1.0, 1.0), (-1.0, 1.0))


@pytest.mark.parametrize(
    ("extent", "percentiles"),
    [
        ((1.0, 1.0), False),
        ((2.0, 1.0), False),
        ((0.0, float("inf")), False),
        ((float("nan"), 1.0), False),
        ((-0.1, 0.5), True),
        ((0.5, 1.1), True),
    ],
)
def test_an_extent_that_is_none_is_refused(extent, percentiles):
    for extents in ((extent, (0.2, 0.4)), ((0.2, 0.4), extent)):
        with pytest.raises(ValueError, match="low < high"):
            grid(3, *extents, percentiles)
