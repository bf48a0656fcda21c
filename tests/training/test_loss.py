from dataclasses import replace

import pytest
import torch
from torch.distributions import Bernoulli

from tests.support.configs import QUICK
from vae import exact
from vae.config import ModelConfig
from vae.exact import integrate
from vae.lattice import lattice
from vae.model import VAE
from vae.objective import elbo
from vae.store import checkpoint
from vae.training import loss
from vae.training.candidates import KEPT, Candidates

TRAIN = QUICK.train


@pytest.fixture
def images(digits):
    """Forty real digits in black and white."""
    return (digits.test.images[:40] > 127).float()


@pytest.fixture
def learning(trained):
    """The small trained model, free to learn on."""
    model = checkpoint.load(trained.checkpoint).model
    model.requires_grad_(True)
    return model


@pytest.fixture
def cells():
    """An untrained model whose head chooses among cells."""
    torch.manual_seed(0)
    return VAE(ModelConfig(encoder_widths=(16,), decoder_widths=(12,), head="cells", cells=32))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def marginal(model, images, count, seed=0):
    """The exact likelihood of a batch, at points chosen for it alone."""
    places = Candidates(model, seed).choose(images, count)
    return exact.marginal(model, images, places, count)


def batch_loss(model, config, images, progress=0.0):
    """The loss of the first step of a training."""
    return loss.batch_loss(model, config, images, progress, seeded(), Candidates(model, 0))


def gradients(model, scalar):
    """The gradient of a scalar in each weight, by name; None where it does not come."""
    found = torch.autograd.grad(scalar, list(model.parameters()), allow_unused=True)
    return dict(zip((name for name, _ in model.named_parameters()), found, strict=True))


def by_brute_force(model, images, places):
    """log of the mean of p(x|z) over the places, by torch's own Bernoulli, image by image."""
    pixels = Bernoulli(logits=model.logits(places))
    rows = [pixels.log_prob(image).sum((1, 2)).logsumexp(0) for image in images]
    return torch.stack(rows) - torch.tensor(float(len(places))).log()


@torch.no_grad()
def test_a_mean_over_random_shifts_is_the_integral(small, images):
    evidence = integrate(small.model, images, 2**16).log_evidence
    few = [marginal(small.model, images, 512, seed).log_evidence for seed in range(200)]
    ratio = (torch.stack(few) - evidence).exp()  # the mean of p(x), not of its logarithm
    noise = ratio.std(0) / len(few) ** 0.5
    assert noise.max() > 1e-4, "no randomness to average over"
    assert ((ratio.mean(0) - 1).abs() < 4 * noise + 2e-3).all()


@torch.no_grad()
def test_the_heaviest_points_hold_nearly_everything_and_never_more(small, images):
    count = 2**11
    kept = marginal(small.model, images, count).log_evidence
    shift = torch.rand(2, dtype=torch.float64, generator=seeded())
    whole = by_brute_force(small.model, images, lattice(count, shift))
    assert (kept <= whole + 1e-3).all()
    assert (whole - kept).mean() < 0.5
    assert (whole - kept).max() > 1e-3, "nothing was left out"


@torch.no_grad()
def test_the_kept_points_are_those_with_most_mass(small, images):
    count = 2**12
    found = marginal(small.model, images, count)
    places = lattice(count, torch.rand(2, dtype=torch.float64, generator=seeded()))
    pixels = small.model.logits(places)
    mass = torch.stack([Bernoulli(logits=pixels).log_prob(x).sum((1, 2)) for x in images])
    best = mass.softmax(1).sum(0).sort(descending=True).indices[:KEPT]
    ours = {tuple(row) for row in found.places.tolist()}
    theirs = {tuple(row) for row in places[best].tolist()}
    assert len(ours) == KEPT
    assert len(ours & theirs) > 0.99 * KEPT  # those at the edge weigh alike
    assert torch.allclose(found.shares.sum(1), torch.ones(len(images)), atol=1e-5)


def test_the_gradient_of_the_marginal_equals_that_of_a_brute_force_sum(learning, images):
    ours = marginal(learning, images, 512)
    shift = torch.rand(2, dtype=torch.float64, generator=seeded())
    theirs = by_brute_force(learning, images, lattice(512, shift))
    assert torch.allclose(ours.log_evidence, theirs, atol=2e-3)
    first = gradients(learning, ours.log_evidence.mean())
    second = gradients(learning, theirs.mean())
    for name, gradient in second.items():
        found = first[name]
        assert (found is None) == (gradient is None), name
        if found is not None and gradient is not None:
            scale = gradient.abs().max()
            assert torch.allclose(found, gradient, atol=1e-3 * scale.item()), name


def test_the_marginal_takes_no_part_of_the_encoder(learning, images):
    found = gradients(learning, marginal(learning, images, 256).log_evidence.mean())
    assert all(found[name] is None for name in found if name.startswith(("encoder", "head")))
    assert any(found[name] is not None for name in found if name.startswith("decoder"))


@pytest.mark.parametrize("likelihood", ["bernoulli", "learnt-gaussian"])
def test_under_the_exact_objective_the_bound_teaches_the_encoder_alone(likelihood, images):
    torch.manual_seed(0)
    model = VAE(ModelConfig(encoder_widths=(16,), decoder_widths=(12,), likelihood=likelihood))
    config = replace(TRAIN, objective="exact", lattice=1024)
    together = gradients(model, batch_loss(model, config, images).loss)
    alone = gradients(model, -marginal(model, images, 1024).log_evidence.mean())
    for name in together:
        theirs = alone[name]
        if name.startswith(("decoder", "likelihood")):
            assert theirs is not None
            assert torch.allclose(together[name], theirs, rtol=1e-4, atol=1e-5), name
        else:
            assert theirs is None
            assert together[name].abs().sum() > 0, name


def test_under_the_exact_objective_the_encoder_gets_the_whole_gradient_of_the_bound(
    learning, images
):
    found = batch_loss(learning, replace(TRAIN, objective="exact"), images)
    ours = gradients(learning, found.loss)
    again = gradients(learning, -step_of_bound(learning, images))
    for name in ours:
        if name.startswith(("encoder", "head")):
            assert torch.allclose(ours[name], again[name], rtol=1e-3, atol=1e-4), name


def step_of_bound(model, images):
    """The bound by torch.distributions, with the noise that a step draws."""
    noise = torch.empty(len(images), 2).normal_(generator=seeded())
    q = model.posterior(images)
    std = torch.exp(0.5 * q.log_var)
    logits = model.logits(q.mean + std * noise)
    kl = torch.distributions.kl_divergence(
        torch.distributions.Normal(q.mean, std),
        torch.distributions.Normal(torch.zeros(2), torch.ones(2)),
    ).sum(1)
    return (Bernoulli(logits=logits).log_prob(images).sum((1, 2)) - kl).mean()


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_mixed_is_the_weighted_sum_of_both(share, learning, images):
    config = replace(TRAIN, objective="mixed", exact_share=share, lattice=1024, beta=1.5)
    found = batch_loss(learning, config, images)
    assert found.evidence is not None
    evidence = marginal(learning, images, 1024).log_evidence
    assert torch.allclose(found.evidence, evidence)
    bound = elbo(learning, images, seeded()).loss(1.5)
    expected = (1 - share) * bound - share * evidence.mean()
    assert found.loss.item() == pytest.approx(expected.item(), rel=1e-5)


def test_only_an_exact_objective_tells_the_evidence(learning, images):
    for objective in ("elbo", "importance-weighted"):
        config = replace(TRAIN, objective=objective)
        assert batch_loss(learning, config, images).evidence is None
    found = batch_loss(learning, replace(TRAIN, objective="exact"), images)
    assert found.evidence is not None
    assert found.evidence.shape == (40,)


@pytest.mark.parametrize("objective", ["elbo", "importance-weighted", "exact", "mixed"])
def test_a_choice_among_cells_learns_from_every_objective(objective, cells, images):
    config = replace(TRAIN, objective=objective, lattice=1024)
    found = gradients(cells, batch_loss(cells, config, images).loss)
    assert all(
        gradient is not None and torch.isfinite(gradient).all() for gradient in found.values()
    )
    assert found["head.choice.weight"].abs().sum() > 0
    assert found["head.place.0.weight"].abs().sum() > 0


@torch.no_grad()
def test_without_an_exact_objective_the_targets_are_the_posterior_over_the_middles(cells, images):
    targets = loss.cell_targets(cells, images, None)
    _, cost = cells.head.supervise(cells.encoder(images), targets)
    pixels = cells.logits(cells.head.anchors)
    chances = cells.head.choice(cells.encoder(images)).log_softmax(1)
    costs = [
        -(Bernoulli(logits=pixels).log_prob(image).sum((1, 2)).softmax(0) @ row)
        for image, row in zip(images, chances, strict=True)
    ]
    assert torch.allclose(cost, torch.stack(costs), rtol=1e-4)


def test_beta_rises_from_zero_over_the_warm_up_and_then_stays():
    config = replace(TRAIN, epochs=10, warm_up=4, beta=2.0)
    rise = [loss.beta(config, epoch / 10) for epoch in (0, 1, 2, 3, 4, 5, 9)]
    assert rise == pytest.approx([0, 0.5, 1.0, 1.5, 2.0, 2.0, 2.0])


def test_without_a_warm_up_beta_is_what_it_is_from_the_first_step():
    assert loss.beta(replace(TRAIN, beta=3.0), 0.0) == 3.0


def test_a_warm_up_leaves_the_kl_out_at_first(learning, images):
    config = replace(TRAIN, epochs=10, warm_up=5)
    terms = elbo(learning, images, seeded())
    first = batch_loss(learning, config, images)
    assert first.loss.item() == pytest.approx(terms.reconstruction.mean().item())
    last = batch_loss(learning, config, images, 0.9)
    assert last.loss.item() == pytest.approx(-terms.elbo.mean().item())


@pytest.mark.parametrize(
    ("rise", "steps"),
    [(0.75, [100, 100, 100, 100]), (0.375, [50, 50, 50, 250]), (0.0, [0, 0, 0, 400])],
)
def test_the_lattice_doubles_at_equal_intervals_until_it_has_risen(rise, steps):
    config = replace(TRAIN, lattice=8192, lattice_rise=rise)
    stages = [loss.points(config, step / 400) for step in range(400)]
    assert [stages.count(2**power) for power in (10, 11, 12, 13)] == steps
    assert stages == sorted(stages)


def test_a_lattice_may_start_finer():
    config = replace(TRAIN, lattice_start=4096, lattice=8192, lattice_rise=0.5)
    assert {loss.points(config, step / 10) for step in range(10)} == {4096, 8192}


def test_a_lattice_that_is_no_power_of_two_ends_below_it():
    assert loss.points(replace(TRAIN, lattice=3000), 0.999) == 2048
    assert loss.points(replace(TRAIN, lattice=1024), 0.0) == 1024
    assert loss.points(replace(TRAIN, lattice=65_536), 1.0) == 65_536
