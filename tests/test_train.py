from dataclasses import replace
from itertools import islice

import pytest
import torch

from tests.conftest import QUICK, SMALL
from vae.codec import encode
from vae.config import ModelConfig, TrainConfig
from vae.device import resolve, resolve_precision
from vae.errors import ConfigError, TrainingError
from vae.model import VAE
from vae.optimiser import one_cycle
from vae.train import fit


def train(digits, count=None, **settings):
    torch.manual_seed(0)
    model = VAE(SMALL)
    return model, list(islice(fit(model, replace(QUICK.train, **settings), digits), count))


def test_the_bound_rises_from_epoch_to_epoch(digits):
    _, reports = train(digits, epochs=4)
    bounds = [report.held.elbo for report in reports]
    assert bounds == sorted(bounds)
    assert bounds[-1] > bounds[0] + 20


def test_reports_can_be_taken_one_at_a_time(digits):
    _, reports = train(digits, count=2, epochs=500)
    assert [report.epoch for report in reports] == [1, 2]


def test_a_report_adds_up(digits):
    _, (report,) = train(digits, epochs=1)
    for score in (report.train, report.held):
        assert score.elbo == pytest.approx(-(score.reconstruction + score.kl), abs=1e-3)


def test_the_reported_places_are_those_of_the_model(digits):
    model, (report,) = train(digits, epochs=1)
    assert torch.allclose(encode(model, digits.test.images).mean, report.encoded.mean, atol=1e-5)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(digits):
    weights = [
        torch.cat([w.flatten() for w in train(digits, epochs=1, seed=seed)[0].parameters()])
        for seed in (1, 1, 2)
    ]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_bf16_ends_where_fp32_does(digits):
    bounds = [train(digits, epochs=4, precision=p)[1][-1].held.elbo for p in ("fp32", "bf16")]
    assert bounds[0] == pytest.approx(bounds[1], abs=1.5)


def test_a_diverging_training_stops_and_says_what_to_do(digits):
    broken = digits._replace(train=digits.train)
    model = VAE(ModelConfig(encoder_widths=(8,), decoder_widths=(8,)))
    with torch.no_grad():
        model.head.mean.bias[0] = float("inf")
    with pytest.raises(TrainingError, match=r"in epoch 1.*smaller learning rate"):
        next(fit(model, TrainConfig(dataset="digits", epochs=1, device="cpu"), broken))


def test_a_batch_larger_than_the_data_set_is_one_step(digits):
    _, (report,) = train(digits, epochs=1, batch_size=10_000)
    assert report.held.reconstruction > 0


def test_the_learning_rate_rises_then_falls_to_zero():
    assert one_cycle(0.0) == 0
    assert one_cycle(0.1) == pytest.approx(1)
    assert one_cycle(0.55) == pytest.approx(0.5)
    assert one_cycle(1.0) == pytest.approx(0)


def test_a_device_that_is_not_there_is_refused_with_what_to_choose():
    absent = "mps" if not torch.backends.mps.is_available() else "cuda"
    with pytest.raises(ConfigError, match=f"no {absent} device; choose auto or cpu"):
        resolve(absent)


def test_auto_is_a_device_and_a_precision_that_work():
    device = resolve("auto")
    assert resolve_precision("auto", device) in ("fp32", "bf16")
    assert torch.ones(2, device=device).sum() == 2
