import pytest
import torch

from tests.support.oracles import by_brute_force
from tests.support.pictures import mnist
from vae import library, quadtree
from vae.data.pixels import observe
from vae.exact import integrate
from vae.store import checkpoint


def finest(model, image):
    *_, (found, convergence) = quadtree.refinements(model, image)
    return found, convergence


def test_one_image_has_the_posterior_of_a_fine_grid(small, digits):
    images = observe(digits.test.images[:3], small.config.model)
    evidence, mean, covariance, mode = by_brute_force(small.model, images)
    for i, image in enumerate(images):
        found, convergence = finest(small.model, image)
        assert found.log_evidence.item() == pytest.approx(evidence[i].item(), abs=0.01)
        assert torch.allclose(found.mean[0], mean[i], atol=0.005)
        assert torch.allclose(found.covariance[0], covariance[i], rtol=0.03, atol=1e-4)
        assert torch.allclose(found.mode[0], mode[i], atol=0.06)
        assert convergence.change <= 0.01


@pytest.mark.parametrize("name", ["mnist", "mnist-exact"])
def test_a_narrow_posterior_is_found_that_a_lattice_takes_a_million_points_for(name):
    images, _ = mnist()
    found = checkpoint.load(library.find(name))
    seen = observe(torch.from_numpy(images[:6]), found.config.model)
    evidence = integrate(found.model, seen, 2**20).log_evidence
    for image, true in zip(seen, evidence, strict=True):
        alone, convergence = finest(found.model, image)
        # The lattice is itself off where the posterior is narrow; it never finds much more.
        assert alone.log_evidence.item() == pytest.approx(true.item(), abs=0.25)
        assert alone.log_evidence.item() > true.item() - 0.15
        assert convergence.points < 40_000


def test_more_cells_say_the_same(small, digits, monkeypatch):
    image = observe(digits.test.images[5:6], small.config.model)[0]
    before = finest(small.model, image)[0]
    monkeypatch.setattr(quadtree, "SIDE", 128)
    monkeypatch.setattr(quadtree, "DIVIDED", 2048)
    after = finest(small.model, image)[0]
    assert after.log_evidence.item() == pytest.approx(before.log_evidence.item(), abs=0.005)


def test_each_step_is_told(small, digits):
    image = observe(digits.test.images[:1], small.config.model)[0]
    steps = list(quadtree.refinements(small.model, image))
    points = [convergence.points for _, convergence in steps]
    assert points == sorted(points) and len(points) >= 2
    assert steps[0][1].change == float("inf")
