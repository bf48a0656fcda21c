import math
from copy import deepcopy

import pytest
import torch
from torch import distributions
from torch.distributions import Normal

from vae.config import ModelConfig
from vae.nn import likelihoods
from vae.nn.likelihoods import Bernoulli, ContinuousBernoulli, Gaussian

ALL = {
    "bernoulli": Bernoulli(),
    "continuous-bernoulli": ContinuousBernoulli(),
    "gaussian": Gaussian(0.3, learnt=False),
    "learnt-gaussian": Gaussian(0.2, learnt=True),
}


@pytest.fixture
def images(digits):
    """Four real digits as grey levels."""
    return digits.test.images[:4].float() / 255


@pytest.fixture
def logits():
    """Logits of four images, from certain to unsure."""
    return torch.randn(4, 28, 28, generator=torch.Generator().manual_seed(0)) * 5


def test_black_and_white_pixels_score_as_torch_distributions_says(images, logits):
    binary = (images > 0.5).float()
    theirs = distributions.Bernoulli(logits=logits).log_prob(binary).sum(dim=(1, 2))
    assert torch.allclose(Bernoulli()(binary, logits), theirs)


def test_grey_levels_score_the_expectation_over_their_binarisations(images, logits):
    both = distributions.Bernoulli(logits=logits)
    theirs = images * both.log_prob(torch.ones_like(images))
    theirs += (1 - images) * both.log_prob(torch.zeros_like(images))
    assert torch.allclose(Bernoulli()(images, logits), theirs.sum(dim=(1, 2)))


def test_the_density_of_grey_levels_equals_torch_distributions(images, logits):
    # In float64: in fp32 theirs is the less precise of the two.
    images, logits = images.double(), logits.double()
    theirs = distributions.ContinuousBernoulli(logits=logits)
    ours = ContinuousBernoulli()
    assert torch.allclose(
        ours(images, logits).double(), theirs.log_prob(images).sum(dim=(1, 2)), rtol=1e-5
    )
    assert torch.allclose(ours.mean(logits), theirs.mean, atol=1e-6)


@pytest.mark.parametrize("logit", [0.0, 1e-6, -1e-3, 0.0499, 0.0501, -0.0501, 0.3, -8.0])
def test_the_density_integrates_to_one_and_its_mean_is_its_mean(logit):
    x = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000  # middles of thin slices
    ours, logits = ContinuousBernoulli(), torch.full((1, 1), logit, dtype=torch.float64)
    density = (x * logit - ours.log_partition(logits)[0, 0]).exp()
    assert density.mean() == pytest.approx(1, abs=2e-7)
    assert (density * x).mean() == pytest.approx(ours.mean(logits).item(), abs=1e-6)
    small = ours.mean(logits.float())
    assert small.item() == pytest.approx((density * x).mean().item(), abs=1e-5)


@pytest.mark.parametrize("name", ["gaussian", "learnt-gaussian"])
def test_gaussian_noise_scores_as_torch_distributions_says(name, images, logits):
    ours = ALL[name]
    theirs = Normal(logits.sigmoid(), 0.3 if name == "gaussian" else 0.2)
    assert torch.allclose(ours(images, logits), theirs.log_prob(images).sum(dim=(1, 2)), rtol=1e-4)


def test_with_the_variance_one_half_it_is_the_squared_error_and_a_constant(images, logits):
    ours = Gaussian(math.sqrt(0.5), learnt=False)
    error = (images - logits.sigmoid()).square().sum(dim=(1, 2))
    constant = -0.5 * 784 * math.log(math.pi)  # 784 normalisers of variance one half
    assert torch.allclose(ours(images, logits), constant - error, atol=2e-3)


@pytest.mark.parametrize("name", ALL)
def test_a_table_holds_the_score_of_every_pair(name, images):
    ours = ALL[name]
    logits = torch.randn(7, 28, 28, generator=torch.Generator().manual_seed(1))
    table = ours.table(images, logits)
    assert table.shape == (4, 7)
    for i, image in enumerate(images):
        for j, place in enumerate(logits):
            one = ours(image, place).item()
            assert table[i, j].item() == pytest.approx(one, rel=1e-4, abs=1e-2)


@pytest.mark.parametrize("name", ALL)
def test_the_score_and_its_gradient_stay_finite_at_extreme_logits(name, images):
    for extreme in (500.0, -500.0, 0.0):
        logits = torch.full_like(images, extreme, requires_grad=True)
        score = ALL[name](images, logits).sum()
        score.backward()
        assert torch.isfinite(score)
        assert logits.grad is not None and torch.isfinite(logits.grad).all()
        assert torch.isfinite(ALL[name].mean(logits)).all()


@pytest.mark.parametrize("name", ALL)
def test_the_gradient_of_the_score_equals_finite_differences(name):
    # In float64, which `forward` would round: so by its parts.
    ours = deepcopy(ALL[name]).double()
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(3, 3, generator=generator, dtype=torch.float64)
    logits = torch.randn(3, 3, generator=generator, dtype=torch.float64) * 2

    def score(logits):
        return (image * ours.natural(logits) - ours.log_partition(logits)).sum()

    assert torch.autograd.gradcheck(score, (logits.requires_grad_(),))


def test_a_fixed_width_learns_nothing_and_is_not_written_down():
    assert list(Gaussian(0.3, learnt=False).parameters()) == []
    assert Gaussian(0.3, learnt=False).state_dict() == {}


def test_the_most_likely_width_is_the_root_mean_square_error(images, logits):
    ours = Gaussian(0.5, learnt=True)
    rms = (images - logits.sigmoid()).square().mean().sqrt()
    with torch.no_grad():
        ours.log_deviation.copy_(rms.log())
    ours(images, logits).sum().backward()
    assert ours.log_deviation.grad is not None
    assert ours.log_deviation.grad / images.numel() == pytest.approx(0, abs=1e-4)
    best = ours(images, logits).sum()
    for factor in (0.95, 1.05):
        with torch.no_grad():
            ours.log_deviation.copy_((rms * factor).log())
        assert ours(images, logits).sum() < best


def test_gradient_steps_on_the_width_find_it(images, logits):
    ours = Gaussian(0.4, learnt=True)
    optimiser = torch.optim.Adam(ours.parameters(), lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        (-ours(images, logits).sum() / images.numel()).backward()
        optimiser.step()
    rms = (images - logits.sigmoid()).square().mean().sqrt()
    assert ours.log_deviation.exp().item() == pytest.approx(rms.item(), rel=0.01)


@pytest.mark.parametrize("name", ALL)
def test_a_configuration_names_its_likelihood(name):
    built = likelihoods.build(ModelConfig(likelihood=name, deviation=0.25))
    assert type(built) is type(ALL[name])
    assert len(list(built.parameters())) == (name == "learnt-gaussian")
    if isinstance(built, Gaussian):
        assert built.precision.item() == pytest.approx(16, rel=1e-5)
