"""Two real processes under torchrun train one model as one process does."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.support.sessions import wait_until
from vae.store import checkpoint
from vae.training import control
from vae.training.packed import unpack
from vae.training.runs import Run

TOLERANCE = 0.02  # of the loss: noise of z differs between one process and two, the images do not


def torchrun(run, *more, restarts=0):
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", "2", "--max-restarts", str(restarts), "-m", "vae", "train"),
            *("--run-dir", str(run.folder), "--no-card", "--resume", *more),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


@pytest.fixture
def shared(quick, tmp_path):
    """Starts two processes on a run, and ends them when the test is over."""
    started = []

    def shared(restarts=0, **settings):
        run = Run(tmp_path / "shared")
        run.folder.mkdir()
        run.write_config(quick(**settings))
        started.append(torchrun(run, restarts=restarts))
        return run, started[-1]

    yield shared
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_two_processes_have_the_loss_curve_of_one(quick, shared, tmp_path):
    settings = {"epochs": 4, "refit_epochs": 2, "validation": 200, "augment": 0.5}
    run, process = shared(**settings)
    assert process.wait(240) == 0
    alone = Run(tmp_path / "alone")
    alone.folder.mkdir()
    alone.write_config(quick(**settings))
    arguments = ["-m", "vae", "train", "--run", str(alone.folder), "--no-card"]
    subprocess.run([sys.executable, *arguments], check=True)
    ours, theirs = (unpack((r.folder / "live" / "curves.bin").read_bytes()) for r in (run, alone))
    assert ours.parts["step"].tolist() == theirs.parts["step"].tolist()
    assert ours.parts["loss"] == pytest.approx(theirs.parts["loss"], rel=TOLERANCE)
    held = [[epoch["held_elbo"] for epoch in r.history()] for r in (run, alone)]
    assert held[0] == pytest.approx(held[1], rel=TOLERANCE)
    assert run.state().phase == "finished"


def test_when_one_dies_torchrun_starts_them_again_and_they_go_on(shared):
    run, process = shared(restarts=1, epochs=1000)
    wait_until(lambda: run.checkpoint.exists() and run.state().epoch >= 2, 60)
    control.ask(run.folder, "pause")
    wait_until(lambda: run.state().paused)
    before = run.state()
    workers = psutil.Process(process.pid).children()
    follower = next(worker for worker in workers if worker.pid != before.pid)
    follower.kill()
    wait_until(lambda: run.state().pid != before.pid and run.state().paused, 60)
    assert run.state().epoch == before.epoch
    control.ask(run.folder, "set", "beta", 2)
    control.ask(run.folder, "epoch")
    wait_until(lambda: run.state().epoch > before.epoch, 60)
    assert checkpoint.load(run.checkpoint).history[-1]["beta"] == 2
    run.ask_to_stop()
    assert process.wait(60) == 0
    assert run.state().phase == "stopped"


def test_several_processes_must_be_told_where_the_run_is_kept(tmp_path):
    found = subprocess.run(
        [sys.executable, "-m", "vae", "train"],
        env={**os.environ, "WORLD_SIZE": "2", "RANK": "0"},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 2
    assert "name its directory by --run-dir DIR" in found.stderr
