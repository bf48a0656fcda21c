import itertools
import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.support.sessions import wait_until
from vae import device, library
from vae.__main__ import main
from vae.data import sets
from vae.errors import DataError, RunError
from vae.store import checkpoint
from vae.training import figures, job, runs
from vae.training.pipeline import execute
from vae.training.runs import Run

FIGURES: dict[str, float] = dict.fromkeys(figures.NEEDED, 1)


@pytest.fixture
def long_run(quick):
    """A real training process that would take minutes, ended when the test is over."""
    run = job.start(quick(epochs=1000))
    try:
        yield run
    finally:
        job.stop(run)


def test_a_finished_run_says_so_and_its_model_is_in_the_library(quick):
    run = job.start(quick(epochs=2))
    state = wait_until(lambda: run.state().over and run.state())
    assert state.phase == "finished", run.log.read_text()
    assert [entry["epoch"] for entry in run.history()] == [1, 2]
    assert library.checkpoints()[run.name] == run.checkpoint
    assert checkpoint.load(run.checkpoint).history == run.history()
    assert job.running() is None


def test_the_process_was_given_the_configuration_that_was_asked_for(quick):
    run = job.start(quick(epochs=1, beta=0.5, seed=7, batch_size=99))
    wait_until(lambda: run.state().over)
    made = checkpoint.load(run.checkpoint).config
    assert made == quick(epochs=1, beta=0.5, seed=7, batch_size=99)


def test_stop_ends_the_process_and_keeps_the_last_epoch(long_run):
    wait_until(lambda: long_run.state().epoch >= 1)
    pid = long_run.state().pid
    job.stop(long_run)
    state = wait_until(lambda: long_run.state().over and long_run.state())
    assert state.phase == "stopped"
    assert state.message == f"Stopped. Epoch {state.epoch} of 1000 is kept."
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert len(checkpoint.load(long_run.checkpoint).history) >= state.epoch


def test_a_run_stopped_in_its_first_moments_has_nothing_to_open(quick):
    run = job.start(quick(epochs=1000))
    job.stop(run)
    wait_until(lambda: run.state().over)
    assert run.state().message == "Stopped. No epoch was finished, so there is nothing to open."
    assert run.name not in library.checkpoints()


def test_a_killed_process_is_noticed_and_its_last_epoch_kept(long_run, quick):
    wait_until(lambda: long_run.state().epoch >= 1)
    os.kill(long_run.state().pid, signal.SIGKILL)
    state = wait_until(lambda: long_run.state().over and long_run.state())
    assert state.phase == "failed"
    assert "ended without a word: killed, or out of memory" in state.message
    assert f"Epoch {state.epoch} of 1000 is kept" in state.message
    checkpoint.load(long_run.checkpoint)
    job.stop(job.start(quick()))  # and there is room for the next


def test_the_training_is_niced_so_that_visitors_go_first(long_run):
    assert psutil.Process(long_run.state().pid).nice() > psutil.Process().nice()


def test_a_missing_data_set_without_a_network_ends_the_run_with_what_to_do(
    quick, tmp_path, monkeypatch
):
    monkeypatch.setenv("LATENT_ATLAS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sets, "MIRRORS", ["http://127.0.0.1:9/"])  # nobody listens there
    run = runs.create(quick(dataset="mnist"))
    with pytest.raises(DataError) as caught:
        list(execute(quick(dataset="mnist"), run))
    state = run.state()
    assert state.phase == "failed"
    assert state.message == str(caught.value)
    assert str(tmp_path / "data") in state.message


def test_half_a_line_of_metrics_is_not_read(quick):
    run = runs.create(quick())
    run.append_metrics(FIGURES)
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 2')
    assert run.history() == [FIGURES]


def test_two_runs_of_one_second_have_two_folders(quick):
    assert runs.create(quick()).folder != runs.create(quick()).folder


def test_the_newest_run_comes_first_whatever_its_name(quick):
    older, newer = runs.create(quick(dataset="mnist")), runs.create(quick(dataset="digits"))
    older.write_state(started=100.0, phase="finished")
    newer.write_state(started=200.0, phase="finished")
    assert runs.all_runs() == [newer, older]


def test_a_directory_that_holds_a_run_is_not_taken_for_another(trained, quick):
    with pytest.raises(RunError, match="already holds a run; name another directory"):
        list(execute(quick(), trained))
    assert trained.state().phase == "finished"


def test_a_run_that_is_going_on_is_not_yet_in_the_library(long_run):
    wait_until(lambda: long_run.state().epoch >= 1)
    assert long_run.name not in library.checkpoints()


def test_damaged_files_of_a_run_are_explained(quick):
    run = runs.create(quick())
    (run.folder / "metrics.jsonl").write_text("{\n")
    (run.folder / "config.json").write_text("[]")
    with pytest.raises(RunError, match=r"figures of .* cannot be read"):
        run.history()
    with pytest.raises(RunError, match=r"settings of .* cannot be read"):
        run.config()


def test_a_folder_without_a_readable_state_is_no_run(tmp_path, runs_folder):
    folder = runs_folder / "odd"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text("{")
    with pytest.raises(RunError, match="odd is not a training run"):
        Run(folder).state()
    assert job.running() is None


def test_a_place_that_takes_no_files_is_named(quick, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LATENT_ATLAS_RUNS", str(tmp_path / "file" / "runs"))
    with pytest.raises(RunError, match="LATENT_ATLAS_RUNS"):
        job.start(quick())


def test_a_disk_that_fills_up_during_training_is_said_and_keeps_what_was_saved(quick):
    run = runs.create(quick())
    # In a process of its own the system refuses files beyond 20 kB: the checkpoint is larger.
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from vae.training.pipeline import execute; from vae.training.runs import Run\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))\n"
        "run = Run(Path(sys.argv[1])); list(execute(run.config(), run))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(run.folder)], capture_output=True)
    assert done.returncode != 0
    state = run.state()
    assert state.phase == "failed"
    assert "last.safetensors could not be saved: File too large. Make room in" in state.message
    assert not list(run.folder.glob(".*"))


def test_a_reader_never_sees_half_a_state(quick):
    run = runs.create(quick())
    run.write_state(epochs=3)

    seen: set[int] = set()

    def write():
        for epoch in itertools.count():
            run.write_state(epoch=epoch, message="long " * 2000)
            if len(seen) >= 50:
                return

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            state = json.loads((run.folder / "state.json").read_text())
            assert state["epochs"] == 3
            seen.add(state["epoch"])
    writing.result()


class Recorded(Run):
    """A run that remembers what it has said."""

    def write_state(self, **changes):
        self.__dict__.setdefault("said", []).append(changes.get("message", ""))
        super().write_state(**changes)
        if "Scoring, 1" in self.said[-1]:
            self.__dict__["opened"] = checkpoint.load(library.checkpoints()[self.name])


def test_scoring_says_which_of_its_stages_it_is_in_and_the_model_opens_meanwhile(quick):
    run = Recorded(runs.create(quick(epochs=1)).folder)
    list(execute(run.config(), run))
    said = [message for message in run.said if message.startswith("Scoring")]
    assert [int(message[9]) for message in said] == sorted(int(message[9]) for message in said)
    assert {message.split(":")[0] for message in said} == {
        f"Scoring, {n} of 4" for n in range(1, 5)
    }
    points = [re.search(r"over ([\d,]+) points so far", message) for message in said]
    integrated = [int(found[1].replace(",", "")) for found in points if found]
    card = checkpoint.load(run.checkpoint).metrics
    assert integrated[-1] == card["integration"]["points"]
    assert all(4 * few == many for few, many in itertools.pairwise(integrated))
    assert run.opened.history and "knn" not in run.opened.metrics


def test_what_was_asked_for_is_kept_apart_from_what_was_used(quick):
    config = quick(epochs=1, device="auto", precision="auto")
    run = runs.create(config)
    list(execute(config, run, score=False))
    found = checkpoint.load(run.checkpoint)
    assert run.config() == found.config == config
    assert found.made["precision"] in ("fp32", "bf16")
    where = device.resolve()
    assert (found.made["device"] == "cpu") == (where.type == "cpu")


def test_the_process_is_given_its_directory_and_nothing_else(long_run):
    words = psutil.Process(long_run.state().pid).cmdline()
    assert words[1:] == ["-m", "vae", "train", "--run", str(long_run.folder)]


def test_a_directory_with_settings_takes_no_others(quick, capsys):
    run = runs.create(quick(epochs=1))
    assert main(["train", "--run", str(run.folder), "--recipe", "plain", "--epochs", "2"]) == 2
    error = capsys.readouterr().err
    assert "config.json says already what to train: leave out --recipe, --epochs" in error
    assert error.count("\n") == 1
    assert main(["train", "--run", str(run.folder), "--no-card"]) == 0
    assert checkpoint.load(run.checkpoint).config == quick(epochs=1)
