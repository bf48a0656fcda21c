"""The mistakes printed in the five articles, each built as printed beside the recipe that mends it.

What is shown is what a reader would have met: an error, an image of the wrong size, a map that is
one point, a posterior that cannot be narrow. Where a mistake must be trained to be seen, both
versions start from the same weights and take the same steps over the same images of MNIST.
"""

import pytest
import torch
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn import functional as F

from vae.data import sets
from vae.data.pixels import observe
from vae.exact import integrate
from vae.model import VAE
from vae.nn.heads import GaussianHead, Head
from vae.nn.posterior import Posterior
from vae.objective import Terms, elbo, expected
from vae.recipes import recipe
from vae.training import optimiser
from vae.training.scores import evaluate

needs_mnist = pytest.mark.skipif(not sets.is_on_disk("mnist"), reason="MNIST is not on the disk")


@pytest.fixture(scope="module")
def mnist():
    """The first 6,000 images to train on, and 500 to judge by; (N, 28, 28) uint8."""
    found = sets.load("mnist")
    return found.train.images[:6000], found.test.images[:500]


def build(name):
    torch.manual_seed(0)
    return VAE(recipe(name).model)


def mended(model, images, generator):
    """The recipe's loss: what the articles mean."""
    return elbo(model, images, generator).loss()


def learn(model, images, name, loss=mended, epochs=1, batch=64):
    """The model after some epochs of the recipe's optimiser under this loss."""
    seen = observe(images, model.config)
    generator = torch.Generator().manual_seed(0)
    steps = optimiser.build(model.parameters(), recipe(name).train)
    model.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(seen), generator=generator).split(batch):
            steps.zero_grad()
            loss(model, seen[chosen], generator).backward()
            steps.step(recipe(name).train.learning_rate)
    return model.eval()


def judge(model, images):
    return evaluate(model, observe(images, model.config))[0]


@pytest.fixture(scope="module")
def conv(mnist):
    """The recipe `conv` as meant, after a short training; and how to train it otherwise."""

    def train(loss=mended):
        return learn(build("conv"), mnist[0][:1000], "conv", loss, epochs=8, batch=16)

    return train(), train


@pytest.fixture(scope="module")
def softplus(mnist):
    """The recipe `dense-softplus` as meant, after a short training."""
    return learn(build("dense-softplus"), mnist[0], "dense-softplus", epochs=8)


# Article 000: one layer gives both the mean and the log-variance.


class SharedHead(Head):
    """As printed: the same two numbers are the mean and the log-variance."""

    def __init__(self, size):
        super().__init__()
        self.both = nn.Linear(size, 2)

    def forward(self, features):
        both = self.both(features)
        return Posterior(both, both, torch.zeros(len(both)))


@needs_mnist
def test_with_one_layer_for_both_a_place_decides_how_sure_it_is(mnist, conv):
    """Article 000: nothing right of the middle can be surer than the prior."""
    shared = build("dense-100")
    shared.head = SharedHead(128)
    learn(shared, mnist[0], "dense-100", epochs=5)
    with torch.no_grad():
        tied = shared.posterior(observe(mnist[1], shared.config))
        free = conv[0].posterior(observe(mnist[1], conv[0].config))
    assert torch.equal(tied.mean, tied.log_var)
    assert (tied.mean > 0).any()
    assert (tied.std[tied.mean > 0] >= 1).all()
    right = free.mean > 0
    assert right.any()
    assert (free.std[right] < 1).float().mean() > 0.9


@needs_mnist
def test_with_one_layer_for_both_images_are_explained_worse(mnist):
    """Article 000: the same training ends with a lower bound."""
    shared = build("dense-100")
    shared.head = SharedHead(128)
    apart = learn(build("dense-100"), mnist[0], "dense-100", epochs=5)
    learn(shared, mnist[0], "dense-100", epochs=5)
    assert judge(shared, mnist[1]).elbo < judge(apart, mnist[1]).elbo - 0.25


# Articles 000 and 003: transposed convolutions that do not end at 28×28.


def test_transposed_convolutions_without_stride_and_padding_end_at_13():
    """Article 000: 7×7 grows by two at each of three layers."""
    printed = nn.Sequential(
        nn.ConvTranspose2d(64, 64, 3), nn.ConvTranspose2d(64, 32, 3), nn.ConvTranspose2d(32, 1, 3)
    )
    assert printed(torch.zeros(1, 64, 7, 7)).shape == (1, 1, 13, 13)
    assert build("conv").decoder(torch.zeros(1, 2)).shape == (1, 28, 28)


def test_three_transposed_convolutions_of_stride_two_end_at_63():
    """Article 003: 7×7 doubles three times and not two, and grows by one each time."""
    printed = nn.Sequential(
        nn.ConvTranspose2d(64, 64, 3, stride=2),
        nn.ConvTranspose2d(64, 32, 3, stride=2),
        nn.ConvTranspose2d(32, 1, 3, stride=2),
    )
    assert printed(torch.zeros(1, 64, 7, 7)).shape == (1, 1, 63, 63)
    assert build("strided-conv").decoder(torch.zeros(1, 2)).shape == (1, 28, 28)


# Articles 000 and 003: a reconstruction averaged over pixels beside a KL that is summed.


@needs_mnist
def test_a_squared_error_averaged_over_pixels_collapses_the_map(mnist, conv):
    """Article 000: the KL weighs 784 times too much, and all images share one place."""

    def averaged(model, images, generator):
        posterior = model.posterior(images)
        drawn = model.logits(posterior.sample(generator)).sigmoid()
        return F.mse_loss(drawn, images) + posterior.kl_to_prior().mean()

    meant, train = conv
    printed, right = judge(train(averaged), mnist[1]), judge(meant, mnist[1])
    assert printed.kl < 0.01
    assert right.kl > 1.5
    assert right.reconstruction < printed.reconstruction - 5


@needs_mnist
def test_a_cross_entropy_averaged_over_pixels_collapses_the_map(mnist):
    """Article 003: the same with the other loss and the other optimiser."""

    def averaged(model, images, generator):
        posterior = model.posterior(images)
        logits = model.logits(posterior.sample(generator))
        cross_entropy = F.binary_cross_entropy_with_logits(logits, images)
        return cross_entropy + posterior.kl_to_prior().mean()

    printed, right = (
        judge(learn(build("strided-conv"), mnist[0][:1500], "strided-conv", loss, 3, 16), mnist[1])
        for loss in (averaged, mended)
    )
    assert printed.kl < 0.01
    assert right.kl > 1.5
    assert right.reconstruction < printed.reconstruction - 5


# Article 000: the KL is written between p(z) and p(x).


def test_a_kl_between_the_plane_and_the_pixels_does_not_exist():
    """Article 000: the two are distributions of 2 and of 784 numbers."""
    z = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    x = Independent(Normal(torch.zeros(784), torch.ones(784)), 1)
    with pytest.raises(RuntimeError, match="size of tensor"):
        kl_divergence(z, x)


def test_the_kl_is_that_of_the_posterior_to_the_prior_and_zero_only_there(digits):
    """Article 000: as meant, it is KL(q(z|x) ‖ p(z)), and asks nothing of the decoder."""
    model = build("conv")
    prior = Posterior(torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1))
    assert prior.kl_to_prior().item() == 0
    moved = prior._replace(mean=torch.tensor([[0.1, 0.0]]))
    narrowed = prior._replace(log_var=torch.tensor([[0.0, -0.1]]))
    widened = prior._replace(log_var=torch.tensor([[0.0, 0.1]]))
    for other in (moved, narrowed, widened):
        assert other.kl_to_prior() > 1e-3

    q = model.posterior(observe(digits.test.images[:8], model.config))
    standard = Independent(Normal(torch.zeros(8, 2), torch.ones(8, 2)), 1)
    by_torch = kl_divergence(Independent(Normal(q.mean, q.std), 1), standard)
    assert torch.allclose(q.kl_to_prior(), by_torch, atol=1e-6)
    q.kl_to_prior().sum().backward()
    assert all(weight.grad is None for weight in model.decoder.parameters())
    assert all(weight.grad is not None for weight in model.encoder.parameters())


# Article 001: the cross-entropy without its half of (1 - x).


def half(logits, images):
    """As printed: -x log p, and no word about paper."""
    return -(images * F.logsigmoid(logits)).sum((1, 2))


def test_half_a_cross_entropy_likes_all_ink_better_than_the_digit(digits):
    """Article 001: and the whole one does not."""
    model = build("modular")
    images = observe(digits.test.images[:20], model.config)
    ink, digit = torch.full_like(images, 20.0), images.clamp(1e-4, 1 - 1e-4).logit()
    assert (half(ink, images) < half(digit, images)).all()
    assert (model.likelihood(images, ink) < model.likelihood(images, digit)).all()


@needs_mnist
def test_half_a_cross_entropy_ends_in_black_pages(mnist):
    """Article 001: whatever is encoded, ink is drawn, where there is none as well."""

    def printed(model, images, generator):
        posterior = model.posterior(images)
        logits = model.logits(posterior.sample(generator))
        return Terms(half(logits, images), posterior.kl_to_prior()).loss(beta=2.0)

    seen = observe(mnist[1], recipe("modular").model)
    used = observe(mnist[0], recipe("modular").model).amax(0) > 0  # no corner is ever inked
    ink = []
    for loss in (printed, mended):
        model = learn(build("modular"), mnist[0][:2000], "modular", loss, batch=32)
        with torch.no_grad():
            drawn = model.logits(model.posterior(seen).mean).sigmoid()
        ink.append(drawn[:, used].mean().item())
    assert ink[0] > 0.9
    assert abs(ink[1] - seen[:, used].mean().item()) < 0.05


# Article 002: exp() of a softplus.


def test_exp_of_a_softplus_is_never_narrower_than_the_prior():
    """Article 002: exp(softplus(a)) = 1 + exp(a), and the prior has 1."""
    head = GaussianHead(3, recipe("dense-softplus").model)
    raw = torch.linspace(-12, 3, 50)
    assert torch.allclose(F.softplus(raw).exp(), 1 + raw.exp())
    assert (F.softplus(raw).exp() >= 1).all()
    with torch.no_grad():
        head.widths.weight.zero_()
        head.widths.bias.fill_(-4.0)
        assert (head(torch.zeros(1, 3)).std < 0.02).all()


@needs_mnist
def test_exp_of_a_softplus_leaves_the_map_blurred(mnist, softplus):
    """Article 002: with clouds as wide as the prior, places say little about images."""

    class Printed(GaussianHead):
        def forward(self, features):
            sigma = F.softplus(self.widths(features)).exp()
            return Posterior(self.mean(features), 2 * sigma.log(), torch.zeros(len(sigma)))

    model = build("dense-softplus")
    head = Printed(64, model.config)
    head.load_state_dict(model.head.state_dict())
    model.head = head
    learn(model, mnist[0], "dense-softplus", epochs=8)
    with torch.no_grad():
        wide, narrow = (m.posterior(observe(mnist[1], m.config)).std for m in (model, softplus))
    assert (wide >= 1).all()
    assert narrow.median() < 0.5
    assert judge(model, mnist[1]).elbo < judge(softplus, mnist[1]).elbo - 2


# Article 002: the loss that is compiled has no KL, and the wrong sign.


@needs_mnist
def test_without_a_kl_the_codes_leave_the_prior(mnist, softplus):
    """Article 002: nothing holds them, so they go on moving away while it trains."""

    def printed(model, images, generator):
        return elbo(model, images, generator).reconstruction.mean()

    kl = [
        judge(learn(build("dense-softplus"), mnist[0], "dense-softplus", printed, n), mnist[1]).kl
        for n in (1, 8)
    ]
    assert kl[1] > 1.5 * kl[0]
    assert kl[1] > 3 * judge(softplus, mnist[1]).kl


@needs_mnist
def test_with_the_wrong_sign_images_get_worse(mnist):
    """Article 002: what is minimised is the bound itself."""

    def printed(model, images, generator):
        return -mended(model, images, generator)

    before = judge(build("dense-softplus"), mnist[1]).reconstruction
    wrong, right = (
        judge(learn(build("dense-softplus"), mnist[0][:640], "dense-softplus", loss), mnist[1])
        for loss in (printed, mended)
    )
    assert wrong.reconstruction > before + 20
    assert right.reconstruction < before - 20


# Article 002: an output of 2 units.


def test_an_output_of_two_units_is_not_an_image(digits):
    """Article 002: two numbers cannot be compared with 784."""
    model = build("dense-softplus")
    images = observe(digits.test.images[:4], model.config)
    printed = nn.Sequential(
        nn.Linear(2, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 2)
    )
    z = torch.zeros(4, 2)
    assert printed(z).shape == (4, 2)
    with pytest.raises(RuntimeError, match="size of tensor"):
        images.flatten(1).sub(printed(z))
    assert (images - model.logits(z)).shape == (4, 28, 28)


# Article 002: the ELBO is written as equal to log p(x).


@needs_mnist
@torch.no_grad()
def test_the_elbo_is_below_log_p_by_how_far_the_encoder_is_from_the_true_posterior(mnist, softplus):
    """Article 002: equal it would be only for an encoder that makes no mistake."""
    images = observe(mnist[1][:20], softplus.config)
    evidence = integrate(softplus, images, 2**16).log_evidence
    bound = expected(softplus, images, nodes=15).elbo
    assert (evidence > bound).all()

    line = torch.linspace(-5, 5, 251)
    z, area = torch.cartesian_prod(line, line), 0.04**2
    prior = -0.5 * z.square().sum(1)
    logits = torch.cat([softplus.logits(part) for part in z.split(8192)])
    # log p(z|x) on the grid, normalised there: the evidence takes no part in it.
    truth = (softplus.likelihood.table(images, logits) + prior).log_softmax(1)
    guess = (softplus.posterior(images).log_density(z[:, None]).T + torch.tensor(area).log()).clamp(
        min=-60
    )
    gap = (guess.exp() * (guess - truth)).sum(1)
    assert torch.allclose(evidence - bound, gap, atol=0.05, rtol=0)


# Article 004: the decoder has an input of its own.


def free(model, images, generator):
    """As printed: the decoder never sees what the encoder says."""
    posterior = model.posterior(images)
    z = torch.empty_like(posterior.mean).normal_(generator=generator)
    return Terms(-model.likelihood(images, model.logits(z)), posterior.kl_to_prior())


def test_a_decoder_with_an_input_of_its_own_teaches_the_encoder_nothing(digits):
    """Article 004: no gradient of the reconstruction comes back."""
    model = build("dense-100")
    images = observe(digits.test.images[:8], model.config)
    first = model.encoder.get_parameter("1.weight")
    for terms, reached in (
        (free(model, images, None), False),
        (elbo(model, images), True),
    ):
        (gradient,) = torch.autograd.grad(
            terms.reconstruction.sum(), first, allow_unused=True, retain_graph=True
        )
        assert (gradient is not None and bool(gradient.any())) is reached


@needs_mnist
def test_a_decoder_with_an_input_of_its_own_draws_the_same_for_every_image(mnist):
    """Article 004: after training, the code of an image says nothing about it."""

    def printed(model, images, generator):
        return free(model, images, generator).loss()

    seen = observe(mnist[1], recipe("dense-100").model)
    score, spread = [], []
    for loss in (printed, mended):
        model = learn(build("dense-100"), mnist[0], "dense-100", loss, epochs=10)
        score.append(judge(model, mnist[1]))
        with torch.no_grad():
            drawn = model.logits(model.posterior(seen).mean).sigmoid()
        spread.append(drawn.var(0).sum().item() / seen.var(0).sum().item())
    assert score[0].kl < 0.1
    assert spread[0] < 0.001
    assert spread[1] > 0.1
    assert score[1].elbo > score[0].elbo + 0.4
