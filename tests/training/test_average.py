"""The moving average of the weights, and what of a training is of it."""

from dataclasses import replace

import pytest
import torch

from tests.support.configs import QUICK
from vae.model import VAE
from vae.store import checkpoint
from vae.training.average import Average
from vae.training.live import Live
from vae.training.loop import Training
from vae.training.pipeline import execute
from vae.training.runs import Run
from vae.training.scores import evaluate
from vae.training.trainer import Report

CONFIG = replace(QUICK, train=replace(QUICK.train, ema=0.8))


def flat(model):
    return torch.cat([weight.detach().flatten() for weight in model.parameters()])


def begin(digits, config=CONFIG):
    torch.manual_seed(0)
    return Training(VAE(config.model), config.train, digits)


def test_it_forgets_at_the_rate_of_its_decay_and_sooner_at_first(model):
    average, told = Average(model, 0.5), flat(model).double()
    for step in range(1, 30):
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(torch.randn_like(weight))
        average.follow(model, step)
        decay = min(0.5, (1 + step) / (10 + step))
        told = decay * told + (1 - decay) * flat(model).double()
    assert torch.allclose(flat(average.model).double(), told, atol=1e-5)


def test_a_training_is_judged_by_the_average_and_ends_with_it(digits):
    training = begin(digits)
    reports = 0
    for found in training.run():
        if isinstance(found, Report):
            reports += 1
            held, _ = evaluate(training.shown, training.trainer.held)
            assert held == found.held
            same = torch.equal(flat(training.shown), flat(training.model))
            assert same == (reports == QUICK.train.epochs)
    assert reports == QUICK.train.epochs


def test_the_average_does_not_change_how_the_weights_move(digits):
    alone = replace(CONFIG, train=replace(CONFIG.train, ema=0.0))
    first, second = begin(digits), begin(digits, alone)
    for _ in zip(range(8), first.run(), second.run(), strict=False):
        pass
    assert torch.equal(flat(first.model), flat(second.model))
    assert not torch.equal(flat(first.shown), flat(first.model))
    assert second.shown is second.model


def test_a_run_keeps_the_average(tmp_path, digits):
    run = Run(tmp_path / "run")
    for report in execute(CONFIG, run, score=False):
        kept = checkpoint.load(run.checkpoint)
        assert kept.metrics["elbo"] == pytest.approx(report.held.elbo)
        trained = begin(digits).trainer
        held, _ = evaluate(kept.model, trained.held)
        assert held.elbo == pytest.approx(report.held.elbo, abs=1e-3)
        break


def test_what_visitors_see_and_the_time_machine_keeps_is_the_average(tmp_path, monkeypatch):
    def spy(name):
        models, real = [], getattr(Live, name)

        def spied(self, model, *rest, **more):
            models.append(model)
            return real(self, model, *rest, **more)

        monkeypatch.setattr(Live, name, spied)
        return models

    run, kept, shown = Run(tmp_path / "run"), spy("keep"), spy("show")
    (run.folder / "live").mkdir(parents=True)
    (run.folder / "live" / "watched").touch()  # as the server does while somebody looks
    list(execute(CONFIG, run, score=False))
    for models in (kept, shown):
        assert models
        assert all(not any(w.requires_grad for w in model.parameters()) for model in models)
