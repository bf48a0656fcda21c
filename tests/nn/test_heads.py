from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from torch.nn import functional as F

from vae.config import ModelConfig
from vae.lattice import spacing
from vae.nn.heads import REACH, CellsHead, CellTargets, GaussianHead

CELLS = ModelConfig(head="cells", cells=64, covariance="full")
PLAIN = ModelConfig()


def features(count, size=8, scale=1.0):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(0)) * scale


def head(kind, config):
    torch.manual_seed(0)
    return kind(8, config)


@pytest.mark.parametrize("kind", [GaussianHead, CellsHead])
@pytest.mark.parametrize("covariance", ["diagonal", "full"])
@torch.no_grad()
def test_only_a_full_covariance_lies_aslant(kind, covariance):
    found = head(kind, replace(CELLS, covariance=covariance))(features(50))
    assert found.mean.shape == found.log_var.shape == (50, 2)
    assert found.correlation.shape == (50,)
    assert bool(found.correlation.abs().max() > 0.01) == (covariance == "full")


@torch.no_grad()
def test_a_log_variance_is_taken_as_one():
    ours = head(GaussianHead, PLAIN)
    x = features(20)
    raw = x @ ours.widths.weight.T + ours.widths.bias
    assert torch.allclose(ours(x).std, torch.exp(raw / 2))


@torch.no_grad()
def test_softplus_gives_the_standard_deviation_itself():
    ours = head(GaussianHead, ModelConfig(scale="softplus"))
    x = features(20)
    raw = x @ ours.widths.weight.T + ours.widths.bias
    assert torch.allclose(ours(x).std, torch.log1p(torch.exp(raw)), rtol=1e-5)


@torch.no_grad()
def test_mean_and_width_do_not_share_a_layer():
    ours = head(GaussianHead, PLAIN)
    x = features(20)
    before = ours(x)
    assert not torch.allclose(before.mean, before.log_var)
    ours.mean.weight.mul_(2)
    after = ours(x)
    assert torch.equal(after.log_var, before.log_var)
    assert not torch.allclose(after.mean, before.mean)


@pytest.mark.parametrize("scale", ["log-variance", "softplus"])
@pytest.mark.parametrize("kind", [GaussianHead, CellsHead])
@torch.no_grad()
def test_no_place_is_claimed_to_be_known_exactly_or_not_at_all(kind, scale):
    ours = head(kind, replace(CELLS, scale=scale))
    x = torch.cat([features(50, scale=s) for s in (1.0, 1e3, 1e6)])
    found = ours(x)
    assert all(torch.isfinite(part).all() for part in found)
    assert found.std.min() >= 1e-5
    assert found.std.max() <= 21
    assert found.correlation.abs().max() < 1
    assert torch.isfinite(found.kl_to_prior()).all()
    assert torch.isfinite(found.log_density(found.mean)).all()


@pytest.mark.parametrize("scale", [1.0, 100.0, 1e6])
@torch.no_grad()
def test_a_place_stays_within_reach_of_its_cell(scale):
    ours = head(CellsHead, CELLS)
    x = features(300, scale=scale)
    cell = torch.arange(300) % 64
    offset = (ours.locate(x, ours.choice(x), cell).mean - ours.anchors[cell]).abs()
    limit = REACH * spacing(ours.anchors, 64)[cell, None]
    assert (offset <= limit * 1.0001).all()
    if scale > 1:
        assert (offset / limit).max() > 0.9, "the reach is not used"


def test_the_cells_are_as_wide_as_they_are_apart():
    ours = head(CellsHead, replace(CELLS, cells=2048))
    middle = ours.anchors.norm(dim=1) < 2
    distances, _ = KDTree(ours.anchors.numpy()).query(ours.anchors.numpy(), k=5)
    measured = torch.from_numpy(distances[:, 1:].mean(1)).float()
    assert 0.7 < (measured / ours.size)[middle].median() < 1.3


@torch.no_grad()
def test_the_answer_is_the_place_in_the_likeliest_cell():
    ours = head(CellsHead, CELLS)
    x = features(30)
    chances = x.numpy() @ ours.choice.weight.numpy().T + ours.choice.bias.numpy()
    by_hand = ours.locate(x, torch.from_numpy(chances), torch.from_numpy(chances.argmax(1)))
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(ours(x), by_hand, strict=True))


@torch.no_grad()
def test_an_image_as_likely_in_two_cells_lies_between_them():
    ours = head(CellsHead, CELLS)
    for weight in ours.place[-1].parameters():
        weight.zero_()  # nothing but the chances speak
    tree = KDTree(ours.anchors.numpy())
    cell = int(tree.query([0.0, 0.0])[1])
    _, other = np.asarray(tree.query(ours.anchors[cell].numpy(), k=2)[1]).tolist()
    chances = torch.full((1, 64), -50.0)
    chances[0, [cell, other]] = 0.0
    found = ours.locate(features(1), chances, torch.tensor([cell])).mean[0]
    assert torch.allclose(found, (ours.anchors[cell] + ours.anchors[other]) / 2, atol=0.01)


def test_the_targets_of_cells_equal_a_loop_over_places():
    ours = head(CellsHead, CELLS)
    generator = torch.Generator().manual_seed(1)
    places = torch.randn(40, 2, generator=generator)
    shares = torch.rand(6, 40, generator=generator).softmax(1)
    anchors = ours.anchors.numpy()
    expected = np.zeros((6, 64))
    for place in range(40):
        nearest = min(range(64), key=lambda c: np.hypot(*(places[place].numpy() - anchors[c])))
        for image in range(6):
            expected[image, nearest] += shares[image, place].item()
    found = CellTargets.gather(ours.anchors, places, shares)
    assert np.allclose(found.shares.numpy(), expected, atol=1e-6)
    assert np.array_equal(found.cell.numpy(), expected.argmax(1))
    assert not found.shares.requires_grad


def test_what_the_choice_costs_is_a_cross_entropy():
    ours = head(CellsHead, CELLS)
    x = features(10)
    cell = torch.arange(10)
    certain = F.one_hot(cell, 64).float()
    place, cost = ours.supervise(x, CellTargets(certain, cell))
    assert torch.allclose(cost, F.cross_entropy(ours.choice(x), cell, reduction="none"))
    assert torch.equal(place.mean, ours.locate(x, ours.choice(x), cell).mean)
    unsure = torch.full((10, 64), 1 / 64)
    costs = [
        F.cross_entropy(ours.choice(x), torch.full((10,), c), reduction="none") for c in range(64)
    ]
    _, cost = ours.supervise(x, CellTargets(unsure, cell))
    assert torch.allclose(cost, torch.stack(costs).mean(0), atol=1e-5)


def test_a_head_of_cells_without_targets_is_a_programming_error():
    with pytest.raises(ValueError, match="learns from targets"):
        head(CellsHead, CELLS).supervise(features(2), None)


@torch.no_grad()
def test_a_gaussian_head_trains_by_the_posterior_that_it_gives():
    ours, x = head(GaussianHead, PLAIN), features(10)
    posterior, cost = ours.supervise(x, None)
    assert all(torch.equal(a, b) for a, b in zip(posterior, ours(x), strict=True))
    assert torch.equal(cost, torch.zeros(10))


def test_a_taught_head_learns_to_answer():
    torch.manual_seed(0)
    ours = CellsHead(32, CELLS)
    x = features(60, size=32)
    truth = torch.randn(60, 2, generator=torch.Generator().manual_seed(2))
    targets = CellTargets.gather(ours.anchors, truth, torch.eye(60))
    optimiser = torch.optim.Adam(ours.parameters(), lr=5e-3)
    losses = []
    for _ in range(200):
        posterior, cost = ours.supervise(x, targets)
        loss = (cost - posterior.log_density(truth)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 4
    with torch.no_grad():
        found = ours(x)
        right = (ours.choice(x).argmax(1) == targets.cell).float().mean()
        assert right > 0.9
        error = (found.mean - truth).norm(dim=1).median()
    # Nearer than the middle of the cell, so the place within it was learnt as well.
    assert error < 0.5 * (ours.anchors[targets.cell] - truth).norm(dim=1).median()
