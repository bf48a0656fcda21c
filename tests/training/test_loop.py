from dataclasses import replace
from itertools import islice

import pytest
import torch

from tests.support.configs import QUICK, SMALL
from vae.codec import encode
from vae.config import ModelConfig, TrainConfig
from vae.data.pixels import observe_set
from vae.data.sets import Split, hold_back
from vae.device import resolve, resolve_precision
from vae.errors import ConfigError, TrainingError
from vae.model import VAE
from vae.training.loop import fit, refit
from vae.training.schedule import one_cycle
from vae.training.scores import evaluate


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


@pytest.mark.parametrize("validation", [0, 200])
def test_the_training_score_is_the_encoders_own(validation, digits):
    """As `evaluate` gives it: no image is told its cell, which those held back are not either."""
    torch.manual_seed(0)
    model = VAE(replace(SMALL, head="cells", cells=64, pixels="binarised"))
    config = replace(QUICK.train, validation=validation, refit_epochs=validation // 100)
    images = hold_back(digits, validation)[0].images
    for report in fit(model, config, digits):
        score, _ = evaluate(model, observe_set(images, model.config))
        assert report.train == pytest.approx(score, abs=1e-4)


def test_of_many_training_images_some_are_scored_all_over_the_set(digits):
    twice = Split(*(part.repeat(2, *[1] * (part.dim() - 1)) for part in digits.train))
    torch.manual_seed(0)
    model = VAE(SMALL)
    (report,) = fit(model, replace(QUICK.train, epochs=1), digits._replace(train=twice))
    score, _ = evaluate(model, observe_set(twice.images[::2], SMALL))  # 1,437 of 2,874
    assert report.train == pytest.approx(score, abs=1e-4)


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
        model.head.mean.bias.fill_(float("inf"))
    with pytest.raises(TrainingError, match=r"in epoch 1.*smaller learning rate"):
        next(fit(model, TrainConfig(dataset="digits", epochs=1, device="cpu"), broken))


def test_a_batch_larger_than_the_data_set_is_one_step(digits):
    _, (report,) = train(digits, epochs=1, batch_size=10_000)
    assert report.held.reconstruction > 0


def test_the_learning_rate_rises_then_falls_to_zero():
    assert one_cycle(0.0, 0.1) == 0
    assert one_cycle(0.05, 0.1) == pytest.approx(0.5)
    assert one_cycle(0.1, 0.1) == pytest.approx(1)
    assert one_cycle(0.55, 0.1) == pytest.approx(0.5)
    assert one_cycle(1.0, 0.1) == pytest.approx(0)
    assert one_cycle(0.5, 0.0) == pytest.approx(0.5)
    assert one_cycle(0.5, 1.0) == pytest.approx(0.5)


def test_the_images_that_judge_are_not_trained_on(digits):
    train, held = hold_back(digits, 100)
    assert (len(train.images), len(held.images)) == (1337, 100)
    assert torch.equal(torch.cat([train.images, held.images]), digits.train.images)
    assert torch.equal(torch.cat([train.labels, held.labels]), digits.train.labels)


def test_no_more_than_a_sixth_is_held_back_and_with_none_the_test_set_judges(digits):
    train, held = hold_back(digits, 30_000)
    assert (len(train.images), len(held.images)) == (1437 - 1437 // 6, 1437 // 6)
    train, held = hold_back(digits, 0)
    assert train is digits.train
    assert held is digits.test


def test_what_is_held_back_changes_no_weight(digits):
    blank = digits.train.images.clone()
    blank[-200:] = 0
    other = digits._replace(train=Split(blank, digits.train.labels))
    first, second = (train(data, epochs=1, validation=200) for data in (digits, other))
    for ours, theirs in zip(first[0].parameters(), second[0].parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert first[1][0].held != second[1][0].held
    assert first[1][0].train == second[1][0].train


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "rmsprop"])
@pytest.mark.parametrize("schedule", ["one-cycle", "constant"])
def test_the_bound_rises_under_every_optimiser_and_schedule(optimiser, schedule, digits):
    _, reports = train(digits, epochs=2, optimiser=optimiser, schedule=schedule, learning_rate=1e-3)
    assert reports[-1].held.elbo > reports[0].held.elbo


@pytest.mark.parametrize("objective", ["importance-weighted", "exact", "mixed"])
def test_the_bound_rises_under_every_objective(objective, digits):
    _, reports = train(digits, epochs=2, objective=objective, lattice=1024, samples=3)
    assert reports[-1].held.elbo > reports[0].held.elbo
    exact = [report.evidence for report in reports if report.evidence is not None]
    if objective == "importance-weighted":
        assert exact == []
    else:
        assert exact[1] > exact[0]
        assert exact[1] > reports[1].train.elbo


def test_refitting_never_touches_the_decoder_and_never_makes_it_worse(digits):
    torch.manual_seed(0)
    model = VAE(SMALL)
    config = replace(QUICK.train, epochs=2, refit_epochs=4, validation=200, learning_rate=5e-3)
    before, reports = {}, []
    for report in fit(model, config, digits):
        reports.append(report)
        if report.epoch == 2:
            before = {name: weight.clone() for name, weight in model.state_dict().items()}
    after = model.state_dict()
    for name, weight in before.items():
        assert torch.equal(weight, after[name]) == name.startswith("decoder"), name
    refitted = [report.held.elbo for report in reports[2:]]
    held = observe_set(hold_back(digits, 200)[1].images, SMALL)
    assert evaluate(model, held)[0].elbo == pytest.approx(max(refitted), abs=1e-3)
    assert torch.allclose(
        reports[-1].encoded.mean, encode(model, digits.test.images).mean, atol=1e-5
    )
    assert all(weight.requires_grad for weight in model.parameters())


def test_a_refit_ends_with_its_best_epoch_and_says_so(digits):
    model, _ = train(digits, epochs=2)
    config = replace(
        QUICK.train, refit_epochs=12, learning_rate=0.04, schedule="constant", validation=200
    )
    reports = list(refit(model, config, digits))
    bounds = [report.held.elbo for report in reports]
    assert len(bounds) == 12
    assert bounds[-1] == max(bounds) > min(bounds)
    held = observe_set(hold_back(digits, 200)[1].images, SMALL)
    assert evaluate(model, held)[0].elbo == pytest.approx(max(bounds), abs=1e-3)


def test_a_refit_never_leaves_a_worse_encoder_than_it_found(digits):
    model, reports = train(digits, epochs=2, validation=200)
    before = reports[-1].held.elbo
    config = replace(
        QUICK.train, refit_epochs=3, learning_rate=1.0, schedule="constant", validation=200
    )
    list(refit(model, config, digits))
    held = observe_set(hold_back(digits, 200)[1].images, SMALL)
    assert evaluate(model, held)[0].elbo >= before - 1e-3


def test_a_softened_start_still_ends_in_a_model(digits):
    _, reports = train(digits, epochs=3, warm_up=2, augment=0.5)
    assert reports[-1].held.elbo > reports[0].held.elbo


def test_a_device_that_is_not_there_is_refused_with_what_to_choose():
    absent = "mps" if not torch.backends.mps.is_available() else "cuda"
    with pytest.raises(ConfigError, match=f"no {absent} device; choose auto or cpu"):
        resolve(absent)


def test_auto_is_a_device_and_a_precision_that_work():
    device = resolve("auto")
    assert resolve_precision("auto", device) in ("fp32", "bf16")
    assert torch.ones(2, device=device).sum() == 2
