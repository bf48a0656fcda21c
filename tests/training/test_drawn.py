from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from tests.digits.hands import HANDS
from tests.support.configs import QUICK, SMALL
from vae.data import sets
from vae.model import VAE
from vae.training.drawn import WAYS, drawn, smooth
from vae.training.trainer import Trainer


def test_they_are_drawn_as_mnist_draws_digits():
    images = drawn(200, 0)
    assert images.shape == (200, 28, 28) and images.dtype == torch.uint8
    for image in images.numpy():
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)
        assert np.abs(np.array(ndimage.center_of_mass(image)) - 14).max() <= 1
        assert image.max() == 255


def test_their_pens_are_as_broad_as_mnists():
    def breadth(image):
        """Area by length of the middle line, roughly: ink over half of its outline."""
        ink = image > 127
        outline = ink ^ np.asarray(ndimage.binary_erosion(ink), bool)
        return ink.sum() / max(1, outline.sum() / 2)

    ours = [breadth(image) for image in drawn(200, 0).numpy()]
    theirs = [breadth(image) for image in sets.load_test("mnist").images[:1000].numpy()]
    low, high = np.percentile(theirs, [2, 98])
    assert np.mean([low <= one <= high for one in ours]) > 0.8


def test_the_same_seed_draws_the_same_and_another_seed_others():
    assert torch.equal(drawn(30, 5), drawn(30, 5))
    assert not torch.equal(drawn(30, 5), drawn(30, 6))
    assert len(drawn(100, 0).flatten(1).unique(dim=0)) == 100


def test_every_way_of_writing_is_drawn_as_often_as_it_says():
    assert sum(WAYS.values()) == pytest.approx(1)
    assert {way.__name__ for way in WAYS} == {"one", "zero", "six", "seven", "nine"}


def test_none_is_a_hand_of_the_corpus():
    """What is measured on the corpus was not trained on: no image is the same, nor nearly so."""
    from benchmarks.digits import way_in
    from tests.digits.conditions import picture

    ours = drawn(1500, 0).flatten(1).double()
    for digit in (0, 1, 6, 7, 9):
        for hand in HANDS[digit]:
            theirs = way_in(picture(digit, hand, "plain")).flatten().double()
            assert (ours - theirs).abs().mean(1).min() > 2  # of 255, on average over all pixels


def test_a_smooth_curve_goes_through_its_points():
    way = [[0, 0], [1, 1], [2, 0], [3, 1]]
    curve = smooth(way, 301)
    assert all(np.linalg.norm(curve - point, axis=1).min() < 0.02 for point in np.array(way))


def test_a_trainer_shows_them_beside_the_training_images(digits):
    config = replace(QUICK.train, drawn=40)
    trainer = Trainer(VAE(SMALL), config, digits)
    assert len(trainer.batches.images) == len(digits.train.images) + 40
    assert torch.equal(trainer.batches.images[-40:], drawn(40, config.seed))
