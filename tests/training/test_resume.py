"""A training that was interrupted ends with the same bytes as one that was not."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice
from threading import Event, Thread

import pytest
import safetensors.torch
import torch

from tests.support.configs import QUICK, SMALL
from tests.support.sessions import wait_until
from vae.config import Config
from vae.errors import RunError, TrainingError
from vae.model import VAE
from vae.store import checkpoint
from vae.training import control, resume
from vae.training.loop import Training
from vae.training.pipeline import execute
from vae.training.runs import Run
from vae.training.trainer import Report, State

# Everything that a step may depend on: changed images, drawn ones, cells, the lattice, averages, a
# refit.
WHOLE = Config(
    replace(SMALL, pixels="binarised", head="cells", cells=64, frequencies=8),
    replace(
        QUICK.train,
        epochs=4,
        refit_epochs=3,
        validation=200,
        batch_size=100,
        objective="mixed",
        lattice=2048,
        restyle=0.3,
        augment=0.3,
        drawn=30,
        warm_up=2,
        ema=0.9,
    ),
)


def weights(model):
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def fingerprint(model):
    parts = (weight.detach().cpu().numpy().tobytes() for weight in model.state_dict().values())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def begin(digits, config=WHOLE):
    torch.manual_seed(config.train.seed)
    return Training(VAE(config.model), config.train, digits)


def saved(folder):
    state = resume.load(folder)
    assert state
    return state


@pytest.fixture(scope="module")
def uninterrupted(digits):
    training = begin(digits)
    reports = [found for found in training.run() if isinstance(found, Report)]
    return fingerprint(training.model), reports


@pytest.mark.parametrize("taken", [1, 14, 15, 16, 40, 59, 60, 61, 62, 77, 90, 104, 105])
def test_taken_up_after_any_item_it_ends_with_the_same_bytes(
    taken, digits, uninterrupted, tmp_path
):
    first = begin(digits)
    before = [found for found in islice(first.run(), taken) if isinstance(found, Report)]
    resume.save(first.state(), tmp_path)
    second = begin(digits)
    second.restore(saved(tmp_path))
    assert second.step == first.step
    after = [found for found in second.run() if isinstance(found, Report)]
    wanted, reports = uninterrupted
    assert fingerprint(second.model) == wanted
    told = [(r.epoch, r.held, r.evidence) for r in before + after]
    assert told == [(r.epoch, r.held, r.evidence) for r in reports]


def test_the_arithmetic_that_auto_chose_once_is_that_of_the_encoder_alone_too(digits):
    first = begin(digits)
    list(islice(first.run(), 5))
    state = first.state()
    other = "fp32" if state.numbers["precision"] == "bf16" else "bf16"
    second = begin(digits)
    second.restore(state._replace(numbers={**state.numbers, "precision": other}))
    second.begin_refit()
    assert second.trainer.precision == other


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "rmsprop"])
def test_every_optimiser_is_taken_up_where_it_was(optimiser, digits, tmp_path):
    config = Config(SMALL, replace(QUICK.train, epochs=2, optimiser=optimiser))
    whole = begin(digits, config)
    list(whole.run())
    first = begin(digits, config)
    list(islice(first.run(), 4))
    resume.save(first.state(), tmp_path)
    second = begin(digits, config)
    second.restore(saved(tmp_path))
    list(second.run())
    assert fingerprint(second.model) == fingerprint(whole.model)


def test_a_training_that_is_watched_ends_with_the_same_bytes(tmp_path):
    """Whoever leaves autocast clears the cache that all threads share; see `Live._work`."""
    config = replace(WHOLE, train=replace(WHOLE.train, epochs=6, precision="bf16"))
    found = []
    for watched in (False, True):
        run, over = Run(tmp_path / str(watched)), Event()
        (run.folder / "live").mkdir(parents=True)

        def watch(run=run, over=over):
            while not over.wait(0.1):
                (run.folder / "live" / "watched").touch()

        thread = Thread(target=watch)
        if watched:
            thread.start()
        list(execute(config, run, score=False))
        over.set()
        if watched:
            thread.join()
            assert (run.folder / "live" / "frame.bin").exists()
        found.append(fingerprint(checkpoint.load(run.checkpoint).model))
    assert found[0] == found[1]


def test_a_state_is_a_copy_that_training_does_not_move(digits):
    training = begin(digits)
    items = training.run()
    next(items)
    state = training.state()
    kept = {name: tensor.clone() for name, tensor in state.tensors.items()}
    list(islice(items, 3))
    assert all(torch.equal(kept[name], tensor) for name, tensor in state.tensors.items())


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda _: b"", lambda b: b"\xff" * 8 + b[8:]]
)
def test_a_damaged_state_is_refused_in_words(damage, digits, tmp_path):
    training = begin(digits)
    next(training.run())
    resume.save(training.state(), tmp_path)
    path = tmp_path / resume.NAME
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RunError, match="cannot be resumed"):
        resume.load(tmp_path)


def test_a_state_of_another_version_or_program_is_refused(tmp_path):
    tensors = {"random.global": torch.get_rng_state()}
    for said in ({}, {resume.KEY: '{"format": 99}'}, {resume.KEY: "[1]"}):
        (tmp_path / resume.NAME).write_bytes(safetensors.torch.save(tensors, said))
        with pytest.raises(RunError):
            resume.load(tmp_path)


def test_one_that_an_earlier_version_kept_before_the_first_step_is_taken_up(digits):
    config = Config(SMALL, replace(QUICK.train, epochs=1))
    whole, first, second = (begin(digits, config) for _ in range(3))
    list(whole.run())
    state = first.state()
    theirs = {k: v for k, v in state.tensors.items() if not k.startswith("optimiser.")}
    numbers = {k: v for k, v in state.numbers.items() if k != "candidates"}
    second.restore(State(theirs, numbers))
    list(second.run())
    assert fingerprint(second.model) == fingerprint(whole.model)


def test_a_state_of_another_model_is_refused(quick, tmp_path):
    run = Run(tmp_path / "run")
    list(execute(quick(epochs=1), run, score=False))
    other = replace(quick(epochs=2), model=replace(SMALL, decoder_widths=(16,)))
    run.write_config(other)
    with pytest.raises(RunError, match="of another model"):
        list(execute(other, run, score=False, resumed=True))


def test_a_loss_that_is_no_number_ends_a_run_and_the_last_good_epoch_is_kept(quick, tmp_path):
    run = Run(tmp_path / "run")
    config = quick(epochs=3)
    reports = execute(config, run, score=False)
    next(reports)
    reports.close()
    state = saved(run.folder)
    state.tensors["model.head.mean.bias"][0] = float("inf")
    resume.save(state, run.folder)
    with pytest.raises(TrainingError, match="in epoch 2"):
        list(execute(config, run, score=False, resumed=True))
    assert run.state().phase == "failed"
    assert "smaller learning rate" in run.state().message
    for path in (run.checkpoint, run.best):
        assert len(checkpoint.load(path).history) == 1


def start(run, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "vae", "train", "--run", str(run.folder), "--no-card", *more],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )


def kill_when(process, reached):
    try:
        wait_until(reached)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def ends_like_one_that_was_not_killed(config, tmp_path, moments):
    """Two runs of real processes, one killed whenever one of the moments is reached."""
    runs = [Run(tmp_path / name) for name in ("whole", "killed")]
    for run in runs:
        run.folder.mkdir()
        run.write_config(config)
    assert start(runs[0]).wait() == 0
    process = start(runs[1])
    for reached in moments:
        kill_when(process, lambda reached=reached: reached(runs[1]))
        checkpoint.load(runs[1].checkpoint)  # no kill leaves half a file
        process = start(runs[1], "--resume")
    assert process.wait() == 0
    whole, killed = (checkpoint.load(run.checkpoint) for run in runs)
    assert fingerprint(killed.model) == fingerprint(whole.model)
    assert torch.equal(killed.encoded.mean, whole.encoded.mean)
    told = [[{**e, "seconds": 0} for e in found.history] for found in (whole, killed)]
    assert told[0] == told[1]
    assert runs[1].state().phase == "finished"


def test_ten_epochs_equal_five_a_kill_and_five_more(quick, tmp_path):
    reached = lambda run: run.folder.joinpath("state.json").exists() and run.state().epoch >= 5  # noqa: E731
    ends_like_one_that_was_not_killed(quick(epochs=10, augment=0.5), tmp_path, [reached])


def test_a_change_that_was_made_before_a_kill_is_made_again(digits, tmp_path):
    """At the same step, although it was made after the state had been saved."""
    config = Config(SMALL, replace(QUICK.train, epochs=3))
    control.keep(tmp_path, [control.Change(7, "beta", 1.0, 3.0)])
    run = Run(tmp_path)
    found = [fingerprint(_trained(config, run, digits, stop)) for stop in (None, 4)]
    assert found[0] == found[1]
    plain = begin(digits, config)
    list(plain.run())
    assert fingerprint(plain.model) != found[0]


def _trained(config, run, digits, stop):
    """A model under the run's changes, taken up from after `stop` items, if any."""
    training = begin(digits, config)
    for _ in islice(training.run(), stop):
        for change in control.changes(run.folder):
            if change.step == training.step:
                training.change(change.name, change.new)
    if stop is None:
        return training.model
    resume.save(training.state(), run.folder)
    second = begin(digits, config)
    second.restore(saved(run.folder))
    for _ in second.run():
        for change in control.changes(run.folder):
            if change.step == second.step:
                second.change(change.name, change.new)
    return second.model


@pytest.mark.slow
def test_fifty_kills_at_random_moments_lose_nothing(quick, tmp_path):
    """No file is ever unreadable, at most one epoch is repeated, and the end is the same."""
    config = quick(epochs=1000, validation=100, refit_epochs=1000)
    whole, killed = (Run(tmp_path / name) for name in ("whole", "killed"))
    for run in (whole, killed):
        run.folder.mkdir()
        run.write_config(config)
    assert start(whole).wait() == 0
    pause, kills = random.Random(0), 0
    process = start(killed)
    while process.poll() is None and kills < 50:
        time.sleep(pause.uniform(0.5, 8))
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        if killed.folder.joinpath("state.json").exists():
            before = killed.state().epoch
            kept = resume.load(killed.folder)
            if killed.checkpoint.exists():
                found = checkpoint.load(killed.checkpoint)
                assert len(found.history) - 1 <= before <= len(found.history)
                assert kept is not None
            done = 0 if kept is None else kept.numbers["epochs_done"]
            done += 1000 if kept and "best" in kept.numbers else 0
            assert done >= before - 1
            assert len(killed.history()) >= before - 1
        process = start(killed, *(["--resume"] if kills else []))
    assert process.wait() == 0
    assert kills == 50
    ours, theirs = (checkpoint.load(run.checkpoint) for run in (whole, killed))
    assert fingerprint(ours.model) == fingerprint(theirs.model)
