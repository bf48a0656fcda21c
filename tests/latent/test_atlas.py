import zlib

import numpy as np
import pytest
import torch
from scipy.interpolate import RegularGridInterpolator
from scipy.stats import norm

from vae.codec import decode
from vae.latent.atlas import TOLERANCE, axis, build, preview, preview_error
from vae.latent.neighbours import Neighbours


def test_every_image_of_the_atlas_is_the_decoders(small):
    atlas = build(small.model, small.encoded.mean, size=12)
    for row, column in ((0, 0), (3, 7), (11, 11)):
        z = torch.tensor([[atlas.x[column], atlas.y[row]]])
        assert np.array_equal(atlas.images[row, column], decode(small.model, z)[0].flatten())


def test_the_preview_equals_scipys_bilinear_interpolation(small):
    atlas = build(small.model, small.encoded.mean, size=12)
    generator = np.random.default_rng(0)
    z = generator.uniform(-3, 3, (50, 2)).astype(np.float32)
    oracle = RegularGridInterpolator((atlas.y, atlas.x), atlas.images.astype(np.float64))
    assert np.allclose(preview(atlas, z), oracle(z[:, ::-1]), atol=1e-2)


def test_beyond_the_atlas_the_preview_stays_at_its_edge(small):
    atlas = build(small.model, small.encoded.mean, size=12)
    z = np.array([[99.0, atlas.y[4]]], dtype=np.float32)
    assert np.allclose(preview(atlas, z)[0], atlas.images[4, -1], atol=1e-3)


def test_grid_lines_are_stretched_percentiles_with_the_ends_at_the_data():
    lines = axis(64, -7.5, 2.0)
    assert (np.diff(lines) > 0).all()
    assert lines[0] == -7.5
    assert lines[-1] >= 3
    percentiles = norm.cdf(lines[1:-1] / 1.3)
    assert np.allclose(np.diff(percentiles), 1 / 64, atol=1e-5)


def test_the_smallest_grid_that_is_close_enough_is_chosen(small):
    atlas = build(small.model, small.encoded.mean)
    assert preview_error(small.model, atlas, small.encoded.mean) <= TOLERANCE
    assert atlas.size == 48


def test_a_coarse_grid_has_a_larger_error(small):
    errors = [
        preview_error(small.model, build(small.model, small.encoded.mean, n), small.encoded.mean)
        for n in (6, 12, 48)
    ]
    assert errors[0] > errors[1] > errors[2]


def test_a_packed_atlas_unpacks_as_the_browser_does_it(small):
    atlas = build(small.model, small.encoded.mean, size=12)
    difference = np.frombuffer(zlib.decompress(atlas.pack()), np.uint8).reshape(784, 12, 12)
    across = np.add.accumulate(difference, axis=1, dtype=np.uint8)
    unpacked = np.add.accumulate(across, axis=2, dtype=np.uint8)
    assert np.array_equal(unpacked.transpose(1, 2, 0), atlas.images)


def test_the_neighbours_of_an_encoded_image_vote_as_counted_by_hand(small):
    mean, labels = small.encoded.mean, small.labels
    vote = Neighbours(mean, labels, count=15).vote(mean[:1])[0]
    nearest = (mean - mean[0]).square().sum(1).argsort()[:15]
    counts = labels[nearest].long().bincount(minlength=10)
    assert vote.label == counts.argmax()
    assert vote.share == pytest.approx(counts.max().item() / 15)


def test_fewer_images_than_voters_are_all_asked():
    vote = Neighbours(torch.zeros(3, 2), torch.tensor([1, 1, 7])).vote(torch.zeros(1, 2))[0]
    assert vote == (1, pytest.approx(2 / 3))
