from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.support.configs import QUICK, SMALL
from vae.data.pixels import binarise, enlarge, observe, shrink, to_bytes, to_floats
from vae.training.augmentation import bend, restyle
from vae.training.batches import Batches

BINARY = replace(SMALL, pixels="binarised")


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def images(digits):
    """300 real digits."""
    return digits.train.images[:300]


def numbered(count):
    """Images that can be told apart by their bytes."""
    images = torch.zeros(count, 28, 28, dtype=torch.uint8)
    images[:, 0, 0] = torch.arange(count) % 256
    images[:, 0, 1] = torch.arange(count) // 256
    return images


def names(batches):
    """The numbers of the images in the batches, in the order in which they came."""
    rows = torch.cat(list(batches)).mul(255).round().long()
    return (rows[:, 0, 0] + 256 * rows[:, 0, 1]).tolist()


def test_an_epoch_hands_out_every_image_once_in_another_order_each_time():
    config = replace(QUICK.train, batch_size=64)
    batches = Batches(numbered(1000), SMALL, config, seeded())
    first, second = (names(batches.epoch(batches.order(), part)) for part in (0.0, 0.5))
    assert sorted(first) == sorted(second) == list(range(1000))
    assert first != second
    assert first != sorted(first)


@pytest.mark.parametrize("size", [1, 64, 100, 1000, 5000])
def test_an_epoch_has_as_many_batches_as_it_says(size):
    batches = Batches(numbered(1000), SMALL, replace(QUICK.train, batch_size=size), seeded())
    sizes = [len(batch) for batch in batches.epoch(batches.order(), 0.0)]
    assert len(sizes) == batches.steps
    assert sum(sizes) == 1000
    assert set(sizes[:-1]) <= {size}


def test_grey_pixels_are_handed_out_as_they_are(images):
    batches = Batches(images, SMALL, replace(QUICK.train, batch_size=300), seeded())
    (batch,) = batches.epoch(batches.order(), 0.0)
    ours = sorted(map(tuple, batch.flatten(1).mul(255).round().long().tolist()))
    assert ours == sorted(map(tuple, images.flatten(1).long().tolist()))


def test_binarised_pixels_average_to_the_grey_levels(images):
    image = images[:1]
    batches = Batches(image, BINARY, QUICK.train, seeded())
    drawn = torch.cat([batch for _ in range(4000) for batch in batches.epoch(batches.order(), 0.0)])
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    grey = image[0].double() / 255
    noise = (grey * (1 - grey) / 4000).sqrt()
    z = ((drawn.double().mean(0) - grey) / noise)[noise > 0]
    assert z.abs().max() < 5
    assert z.square().mean() == pytest.approx(1, abs=0.3)
    assert torch.equal(drawn.mean(0)[grey == 0], torch.zeros(int((grey == 0).sum())))


def test_binarised_black_and_white_stays_what_it_is(images):
    crisp = (images > 127).float()
    assert torch.equal(binarise(crisp, seeded()), crisp)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("change", [bend, restyle])
def test_about_the_asked_share_is_changed_and_the_others_stay(change, share, digits):
    images = digits.train.images[:1000]
    before = images.clone()
    bent = change(images, share, seeded())
    assert bent.dtype == torch.uint8
    assert bent.shape == images.shape
    assert torch.equal(images, before), "the training images themselves were changed"
    changed = (bent != images).flatten(1).any(1).float().mean().item()
    assert changed == pytest.approx(share, abs=5 * (share * (1 - share) / 1000) ** 0.5 + 1e-9)


@pytest.mark.parametrize("change", [bend, restyle])
def test_nothing_is_changed_where_no_share_is_asked(change, images):
    assert torch.equal(change(images, 0.0, seeded()), images)


def test_bent_digits_keep_roughly_their_ink_and_their_place(images):
    bent = bend(images, 1.0, seeded()).double()
    ink = bent.sum((1, 2)) / images.double().sum((1, 2))
    assert ink.mean() == pytest.approx(1, abs=0.03)
    assert ink.min() > 0.75 and ink.max() < 1.3
    line = torch.arange(28).double()
    for axis in (1, 2):
        middles = [(x.double().sum(axis) @ line) / x.double().sum((1, 2)) for x in (images, bent)]
        assert (middles[1] - middles[0]).abs().max() < 3  # pixels
        assert (middles[1] - middles[0]).mean().abs() < 0.2  # to no side in particular
    assert (bent - images.double()).abs().flatten(1).mean(1).min() > 0


def test_another_pen_is_broader_and_thinner_by_turns(images):
    thick = images[images.flatten(1).float().mean(1).argsort(descending=True)[:100]]
    changed = restyle(thick, 1.0, seeded()).double()
    ink = (changed.sum((1, 2)) / thick.double().sum((1, 2))).numpy()
    assert ink.max() > 1.25 and ink.min() < 0.85
    assert (changed.amax((1, 2)) > 150).all()  # no stroke has faded


def test_another_hand_slants_and_turns_more_than_bending_does(images):
    def tilt(some):
        """The slope of the ink's longer axis, by its second moments."""
        line = torch.arange(28.0) - 13.5
        ink = some.float() / some.float().sum((1, 2), keepdim=True)
        x, y = (ink.sum(1) * line).sum(1), (ink.sum(2) * line).sum(1)
        across = torch.einsum("nyx,y,x->n", ink, line, line) - x * y
        return across / ((ink.sum(2) * line**2).sum(1) - y**2)

    moved = [
        (tilt(change(images, 1.0, seeded())) - tilt(images)).std() for change in (bend, restyle)
    ]
    assert moved[1] > 1.4 * moved[0]


@pytest.mark.parametrize("setting", ["augment", "restyle"])
def test_changing_ends_before_the_run_does(setting, images):
    config = replace(QUICK.train, batch_size=300, **{setting: 1.0})
    batches = Batches(images, SMALL, config, seeded())

    def strangers(progress):
        known = set(map(tuple, images.flatten(1).tolist()))
        (batch,) = batches.epoch(batches.order(), progress)
        return sum(tuple(x) not in known for x in to_bytes(batch).flatten(1).tolist())

    assert strangers(0.0) == 300
    assert 100 < strangers(0.45) < 200
    assert strangers(0.9) == strangers(0.99) == 0


def by_area(image, side):
    """The mean over each square of a grid on the middle of the image."""
    times = 28 // side
    start = (28 - times * side) // 2
    edges = [(start + i * times, start + (i + 1) * times) for i in range(side)]
    return np.array([[image[a:b, c:d].mean() for c, d in edges] for a, b in edges])


@pytest.mark.parametrize("side", [10, 14, 7, 9])
def test_shrunken_images_are_means_of_squares(side, images):
    ours = shrink(images[:5], side)
    assert ours.dtype == torch.uint8
    for found, image in zip(ours, images[:5], strict=True):
        theirs = by_area(image.double().numpy(), side)
        assert np.abs(found.double().numpy() - theirs).max() <= 0.51
    shown = enlarge(to_floats(ours))
    assert shown.shape == (5, 28, 28)
    assert torch.equal(shrink(to_bytes(shown), side), ours), "the way back is another"


def test_images_that_have_the_size_stay_as_they_are(images):
    assert torch.equal(shrink(images, 28), images)
    assert torch.equal(enlarge(to_floats(images)), to_floats(images))


def test_batches_of_a_smaller_model_are_small(images):
    batches = Batches(images, replace(SMALL, side=10), QUICK.train, seeded())
    assert next(batches.epoch(batches.order(), 0.0)).shape[1:] == (10, 10)


def test_bytes_and_floats_are_inverse():
    every = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(to_bytes(to_floats(every)), every)
    assert to_floats(every)[[0, 255]].tolist() == [0.0, 1.0]


def test_what_a_trained_network_is_shown_is_always_the_same(images):
    assert torch.equal(observe(images, BINARY), images.float() / 255)
    assert torch.equal(observe(images, SMALL), images.float() / 255)
