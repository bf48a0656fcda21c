"""One trains at a time, whatever clocks, folders and signals do; the others wait in line."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest

from tests.support.sessions import trainings_ended, wait_until
from vae.errors import RunError
from vae.training import hold, job, runs
from vae.training.run import Run


@pytest.fixture
def started(quick):
    """Starts trainings that would take minutes, and ends them when the test is over."""
    found = []

    def start(**settings):
        found.append(job.start(quick(**{"epochs": 1000, **settings})))
        return found[-1]

    yield start
    for run in reversed(found):
        pid = hold.pid(run.folder)
        if pid:
            os.kill(pid, signal.SIGCONT)
        with suppress(RunError):  # its folder is gone
            job.stop(run)
        if pid:
            wait_until(lambda pid=pid: is_gone(pid))


@pytest.fixture
def impatient(monkeypatch):
    """Who gives no sign of life for two seconds stands still."""
    monkeypatch.setattr(hold, "STILL", 2.0)


def is_gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def trains(run):
    """Its process, once it has begun to train."""
    wait_until(lambda: run.state().epoch >= 1)
    return hold.pid(run.folder)


def age_everything(folder, seconds):
    for path in [*folder.iterdir(), *folder.parent.glob(".*lock")]:
        os.utime(path, (time.time() + seconds,) * 2)


def test_whoever_comes_second_waits_in_line_and_trains_when_the_first_is_over(started):
    first, second, third = started(), started(), started()
    assert [run.state().phase for run in (second, third)] == ["waiting"] * 2
    assert [job.position(run) for run in (first, second, third)] == [0, 1, 2]
    assert job.running() == first
    job.stop(first)
    wait_until(lambda: not hold.is_held(first.folder))
    assert job.running() == second
    assert [job.position(run) for run in (second, third)] == [0, 1]
    trains(second)


def test_the_next_in_line_begins_without_anybody_looking(quick):
    first, second = job.start(quick(epochs=1)), job.start(quick(epochs=1))
    wait_until(lambda: second.state().over)
    assert (first.state().phase, second.state().phase) == ("finished", "finished")


def test_who_leaves_the_line_lets_the_next_one_forward(started):
    first, second, third = started(), started(), started()
    job.stop(second)
    assert second.state().phase == "stopped" and "Taken out of the line" in second.state().message
    assert job.waiting() == [third]
    assert job.running() == first


def test_what_a_test_of_the_whole_server_has_started_does_not_outlive_it(quick, runs_folder):
    with trainings_ended(runs_folder):
        found = [job.start(quick(epochs=1000)) for _ in range(3)]
    assert [run.state().phase for run in found] == ["stopped"] * 3
    assert not any(hold.is_held(run.folder) for run in found)


def test_the_line_has_an_end(started, monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_MAX_WAITING", "1")
    for _ in range(2):
        started()
    before = runs.all_runs()
    with pytest.raises(RunError, match="1 are in line already"):
        started()
    assert runs.all_runs() == before


def test_of_many_who_ask_at_once_one_trains_and_the_others_wait(started):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: started(), range(4)))
    assert sorted(run.state().phase == "waiting" for run in found) == [False, True, True, True]
    assert sorted(map(job.position, found)) == [0, 1, 2, 3]


def test_two_servers_that_start_at_once_have_one_trainer(quick, runs_folder):
    script = (
        "from tests.support.configs import QUICK; from dataclasses import replace\n"
        "from vae.training import job\n"
        "job.start(replace(QUICK, train=replace(QUICK.train, epochs=1000)))"
    )
    for server in [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]:
        assert server.wait() == 0
    going, waiting = sorted(runs.all_runs(), key=job.position)
    try:
        assert hold.is_held(going.folder) and not hold.is_held(waiting.folder)
    finally:
        job.stop(waiting)
        job.stop(going)


def test_a_clock_that_is_moved_lets_no_second_training_begin(started):
    first = started()
    pid = trains(first)
    for moved in (-86_400, 5, 10**8):
        first.write_state(started=time.time() + moved, changed=time.time() + moved)
        age_everything(first.folder, moved)
        second = started()
        assert second.state().phase == "waiting" and hold.pid(first.folder) == pid
        wait_until(lambda: job.running() == first)  # at the next beat


def test_a_trainer_whose_folder_is_deleted_ends_and_nobody_trains_beside_it(started):
    first = started()
    pid = trains(first)
    while first.folder.exists():  # it still writes, and takes files away
        shutil.rmtree(first.folder, ignore_errors=True)
    second = started()
    wait_until(lambda: is_gone(pid), 30)
    assert trains(second) != pid
    assert not first.folder.exists()  # nor made again by what it still wrote


def test_another_folder_in_the_place_of_its_own_is_not_written_to(started):
    first = started()
    pid = trains(first)
    shutil.move(first.folder, first.folder.with_name("moved"))
    first.folder.mkdir()
    wait_until(lambda: is_gone(pid), 30)
    assert not (first.folder / "state.json").exists()  # so nobody takes it for a run
    shutil.rmtree(first.folder)


def test_one_that_stands_still_does_not_block_the_next_and_ends_when_it_wakes(started, impatient):
    first = started()
    pid = trains(first)
    os.kill(pid, signal.SIGSTOP)
    wait_until(first.stands_still, 30)
    assert not first.state().over and job.running() is None
    second = started()
    assert trains(second) != pid and job.running() == second
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: is_gone(pid), 30)
    assert "Another training took its place while this one stood still" in first.state().message
    assert not second.state().over


def test_one_that_stands_still_and_wakes_in_time_goes_on(started, impatient):
    run = started()
    pid = trains(run)
    os.kill(pid, signal.SIGSTOP)
    wait_until(run.stands_still, 30)
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: job.running() == run, 30)
    assert hold.pid(run.folder) == pid


def test_one_that_stands_still_can_be_stopped(started):
    run = started()
    pid = trains(run)
    os.kill(pid, signal.SIGSTOP)
    job.stop(run, patience=0.5)
    wait_until(lambda: is_gone(pid), 30)
    assert run.state().phase == "stopped"


def test_half_written_files_are_swept_when_a_run_is_taken_up_again(trained, runs_folder):
    run = Run(shutil.copytree(trained.folder, runs_folder / "killed"))
    (run.folder / "live").mkdir(exist_ok=True)
    left = [run.folder / ".last.safetensors.ab12cd_9", run.folder / "live" / ".frame.bin.12345678"]
    for path in left:
        path.write_bytes(b"half")
    run.reclaim()
    try:
        assert not any(path.exists() for path in left)
        assert run.checkpoint.exists() and hold.is_held(run.folder)
    finally:
        run.release()
    assert not hold.is_held(run.folder)


def test_a_run_whose_process_lives_is_not_taken_up_by_another(started):
    run = started()
    trains(run)
    with pytest.raises(RunError, match="a training is going on here"):
        Run(run.folder).reclaim()


def test_another_training_from_the_command_line_is_refused_beside_it(started):
    trains(started())
    words = [sys.executable, "-m", "vae", "train", "--recipe", "digits", "--epochs", "1"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode != 0
    assert "a training is going on here, and there is room for one at a time" in done.stderr


def test_a_process_that_cannot_even_begin_is_said(quick, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    run = job.start(quick())
    wait_until(lambda: run.state().over, 10)
    assert "ended without a word" in run.state().message


def test_more_epochs_than_the_budget_has_are_refused(quick, monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_MAX_EPOCHS", "5")
    with pytest.raises(RunError, match=r"at most 5 epochs here.*asks for 6"):
        job.start(quick(epochs=4, refit_epochs=2, validation=100))
    assert runs.all_runs() == []


def test_where_the_runs_have_filled_their_share_of_the_disk_none_is_started(
    quick, runs_folder, monkeypatch
):
    monkeypatch.setenv("LATENT_ATLAS_MAX_BYTES", "5000")
    (runs_folder / "old").mkdir(parents=True)
    (runs_folder / "old" / "file").write_bytes(bytes(6000))
    with pytest.raises(RunError, match="more than the 5,000 there is room for: delete one"):
        job.start(quick())


@pytest.mark.parametrize(
    ("name", "limit", "words"),
    [("SECONDS", "1", "has had the 1 s"), ("RUN_BYTES", "30000", "has filled the 30,000 bytes")],
)
def test_a_run_that_has_had_its_share_ends_and_keeps_what_it_has(
    started, monkeypatch, name, limit, words
):
    monkeypatch.setenv(f"LATENT_ATLAS_MAX_{name}", limit)
    run = started()
    state = wait_until(lambda: run.state().over and run.state())
    assert state.phase == "stopped" and words in state.message
    assert state.epoch == 0 or run.checkpoint.is_file()


def test_on_a_public_server_only_who_started_a_run_may_change_it(quick, monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_PUBLIC", "1")
    run = job.start(quick(), "the token of whoever started it")
    try:
        assert job.may_change(run, "the token of whoever started it")
        assert not job.may_change(run, "another") and not job.may_change(run, "")
        assert "token" not in (run.folder / "owner").read_text()
        (run.folder / "owner").unlink()
        assert not job.may_change(run, "the token of whoever started it")
        monkeypatch.delenv("LATENT_ATLAS_PUBLIC")
        assert job.may_change(run, "")
    finally:
        job.stop(run)


def test_a_run_in_line_outlives_the_server_that_put_it_there(started, quick, runs_folder):
    first = started()
    script = (
        "from tests.support.configs import QUICK; from vae.training import job\njob.start(QUICK)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # a server that ends at once
    (second,) = job.waiting()
    job.stop(first)
    wait_until(lambda: second.state().phase == "finished")
