import pytest
import torch

from vae.codec import encode
from vae.digit.inference import costs, read, truths
from vae.latent.neighbours import Neighbours


def test_the_truth_of_one_image_is_what_the_integral_over_many_says(small, digits):
    images = digits.test.images[:3]
    together = encode(small.model, images, method="exact")
    for i, image in enumerate(images):
        *_, alone = truths(small.model, image)
        assert alone.log_evidence == pytest.approx(together.log_evidence[i].item(), abs=0.1)
        assert alone.mean == pytest.approx(together.mean[i].tolist(), abs=0.02)
        std = together.covariance[i].diagonal().sqrt()
        assert alone.std == pytest.approx(std.tolist(), rel=0.1)
        assert alone.change <= 0.1


def test_what_images_cost_is_what_reading_them_says(small, digits):
    images = digits.test.images[:5]
    readings = read(small.model, Neighbours(small.encoded.mean, small.labels), images)
    # The terms of many images are integrated with fewer nodes.
    together = costs(small.model, images).tolist()
    assert [found.cost for found in readings] == pytest.approx(together, rel=5e-3)


def test_the_truth_is_above_the_encoders_bound(small, digits):
    image = digits.test.images[:1]
    neighbours = Neighbours(small.encoded.mean, small.labels)
    found = read(small.model, neighbours, image)[0]
    *_, truth = truths(small.model, image[0])
    assert truth.log_evidence >= -found.cost


def test_a_reading_has_the_terms_and_the_place_of_its_image(small, digits):
    images = digits.test.images[:4]
    posterior = encode(small.model, images)
    readings = read(small.model, Neighbours(small.encoded.mean, small.labels), images)
    for i, found in enumerate(readings):
        assert found.mean == pytest.approx(posterior.mean[i].tolist())
        assert found.kl == pytest.approx(posterior.kl_to_prior()[i].item(), rel=1e-5)
        assert torch.equal(found.seen, images[i])
