"""The optimisers against torch's own classes, step by step."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from vae.config import TrainConfig
from vae.training import optimiser

RATE, DECAY = 3e-3, 0.02
THEIRS = {
    "adamw": lambda weights: torch.optim.AdamW(weights, RATE, weight_decay=DECAY),
    "adam": lambda weights: torch.optim.Adam(weights, RATE),
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, RATE, alpha=0.9, eps=1e-7),
}
CONFIG = TrainConfig(learning_rate=RATE, weight_decay=DECAY)


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))


def learn(model, step, count=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        for weight in model.parameters():
            weight.grad = None
        model(torch.randn(7, 6, generator=generator)).square().mean().backward()
        step()


def same(ours, theirs):
    return all(
        torch.allclose(one, other, rtol=1e-5, atol=1e-7)
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True)
    )


@pytest.mark.parametrize("name", THEIRS)
def test_steps_are_those_of_torchs_class(name):
    ours, theirs = network(), network()
    steps = optimiser.build(ours.parameters(), replace(CONFIG, optimiser=name))
    learn(ours, lambda: steps.step(RATE))
    assert not same(ours, theirs)
    learn(theirs, THEIRS[name](theirs.parameters()).step)
    assert same(ours, theirs)


@pytest.mark.parametrize("name", THEIRS)
def test_it_goes_on_from_a_state_to_the_same_bytes(name):
    config = replace(CONFIG, optimiser=name)
    whole, taken_up = network(), network()
    steps = optimiser.build(whole.parameters(), config)
    learn(whole, lambda: steps.step(RATE))
    taken_up.load_state_dict(whole.state_dict())
    state = {name: kept.clone() for name, kept in steps.state().items()}
    learn(whole, lambda: steps.step(RATE), seed=1)
    others = optimiser.build(taken_up.parameters(), config)
    others.restore(state)
    learn(taken_up, lambda: others.step(RATE), seed=1)
    pairs = zip(whole.parameters(), taken_up.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_frozen_weights_and_those_without_a_gradient_stay():
    model = network()
    model[0].requires_grad_(False)
    before = [weight.clone() for weight in model.parameters()]
    steps = optimiser.build(model.parameters(), CONFIG)
    learn(model, lambda: steps.step(RATE), count=1)
    after = list(model.parameters())
    assert [torch.equal(*pair) for pair in zip(before, after, strict=True)] == [True, True, 0, 0]
    last = after[3].clone()
    after[3].grad = None
    steps.step(RATE)
    assert torch.equal(after[3], last)


def test_a_state_of_other_weights_is_refused():
    steps = optimiser.build(network().parameters(), CONFIG)
    with pytest.raises(KeyError):
        steps.restore({})


def test_training_starts_without_what_it_has_no_use_for():
    """SciPy takes half a second, and torch's compiler, which its own optimisers import, two."""
    script = (
        "import sys\n"
        "from vae.data import sets\n"
        "from vae.model import VAE\n"
        "from vae.recipes import recipe\n"
        "from vae.training import pipeline\n"
        "print('scipy' in sys.modules)\n"
        "config = recipe('digits')\n"
        "training = pipeline.Training(VAE(config.model), config.train, sets.load('digits'))\n"
        "next(training.run())\n"
        "print('torch._dynamo' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("False\nFalse\n", "")
