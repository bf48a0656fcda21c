"""Sweeps as people start them: real workers, real trials, real kills."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
from filelock import FileLock
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import Trial, TrialState, create_trial

from tests.support.sessions import wait_until
from vae import library
from vae.__main__ import main
from vae.sweep import study, trials
from vae.sweep.worker import SILENT, Worker, is_lost
from vae.training import job, runs
from vae.training.runs import Run

SMALL = "--encoder-widths=32 --decoder-widths=24 --batch-size=250 --device=cpu"


def words(count, *more, epochs=2, name="s"):
    wanted = f"sweep digits --name={name} --trials={count} --epochs={epochs} {SMALL}"
    return [*wanted.split(), *more]


def sweep(capsys, *arguments, **settings):
    """Work on a sweep in this process: what it says, line by line."""
    code = main([*words(*arguments, **settings), "--json"])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    return [json.loads(line) for line in said.out.splitlines()]


def refused(capsys, arguments):
    code = main(arguments)
    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith("error: ") and said.count("\n") == 1
    return said


def start(*arguments, **settings):
    """A worker of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "vae", *words(*arguments, **settings), "--json"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def start_one(epochs):
    """A worker in the middle of its only trial, and that trial's run."""
    worker = start(1, epochs=epochs)

    def has_begun():
        assert worker.poll() is None, worker.communicate()
        return [run for run in runs.all_runs() if run.state().epoch >= 1]

    return worker, wait_until(has_begun)[0]


def told(name="s"):
    return trials.read(trials.folder(name) / "trials.json")


def storage(name="s"):
    trials.folder(name).mkdir(parents=True, exist_ok=True)
    return JournalStorage(JournalFileBackend(str(trials.folder(name) / "journal.log")))


def ask_for(settings, name="s"):
    """Let the next trial have these settings."""
    study = optuna.create_study(
        study_name=name, storage=storage(name), direction="maximize", load_if_exists=True
    )
    study.enqueue_trial(settings)


def test_each_trial_is_a_run_with_a_checkpoint_judged_by_images_held_back(capsys):
    first, *rows, last = sweep(capsys, 2)
    assert set(first["search"]) >= {"learning_rate", "beta", "batch_size", "encoder_widths"}
    assert [row["run"] for row in rows] == ["s-trial-000", "s-trial-001"]
    for row in rows:
        run = Run(runs.root() / row["run"])
        config = run.config()
        assert run.state().phase == "finished"
        assert config.train.validation > 0
        assert row["elbo"] == pytest.approx(run.history()[-1]["held_elbo"], abs=1e-3)
        assert row["settings"]["learning_rate"] == pytest.approx(config.train.learning_rate, 1e-3)
        assert row["settings"]["encoder_widths"] == config.model.encoder_widths[0]
    assert last["best"] == max(rows, key=lambda row: row["elbo"])
    assert {run.name for run in runs.all_runs()} == {row["run"] for row in rows}
    assert set(library.checkpoints()) >= {"s-trial-000", "s-trial-001"}


def test_the_same_command_goes_on_to_as_many_trials_as_it_asks_for(capsys):
    sweep(capsys, 1, epochs=1)
    assert [row["number"] for row in sweep(capsys, 2, epochs=1)[1:-1]] == [1]
    assert sweep(capsys, 2, epochs=1)[-1]["finished"] == 2


def test_the_seed_settles_what_is_tried(capsys):
    def tried(*more, name):
        return [row["settings"] for row in sweep(capsys, 2, *more, epochs=1, name=name)[1:-1]]

    assert tried(name="one") == tried(name="two") != tried("--seed", "1", name="three")


def test_a_sweep_of_that_name_that_searches_something_else_is_not_joined(capsys):
    sweep(capsys, 1, epochs=1)
    arguments = words(1, "--search", "beta=1:2", "--weight-decay", "0.01", epochs=1)
    said = refused(capsys, arguments)
    assert "differs in search beta, train weight_decay" in said
    assert len(told().trials) == 1


def test_a_trial_below_the_median_is_pruned_and_its_run_says_why(capsys):
    range = ("--search", "learning_rate=1e-6:8e-3")
    sweep(capsys, 4, *range, epochs=3)
    ask_for({"learning_rate": 1e-6})
    (row,) = sweep(capsys, 5, *range, epochs=3)[1:-1]
    assert row["state"] == "pruned"
    assert row["epoch"] < 3
    state = Run(runs.root() / row["run"]).state()
    assert state.phase == "stopped"
    assert state.message.startswith(f"Pruned after epoch {row['epoch']}: its held-out ELBO of ")
    assert state.message.endswith(f"Epoch {row['epoch']} of 3 is kept.")
    assert row["reason"] in state.message


def test_settings_that_do_not_go_together_are_told_and_the_sweep_goes_on(capsys):
    ask_for({"lowest_frequency": 5.0, "highest_frequency": 3.0})
    ranges = ("--search", "lowest_frequency=1:5", "--search", "highest_frequency=3:5")
    bad, good = sweep(capsys, 2, *ranges, epochs=1)[1:-1]
    assert bad["state"] == "pruned"
    assert "lowest_frequency must not be above highest_frequency" in bad["reason"]
    assert good["state"] == "finished" or "lowest_frequency" in good["reason"]


def test_two_workers_share_the_trials():
    workers = [start(4, epochs=3), start(4, epochs=3)]
    said = [worker.communicate(timeout=300) for worker in workers]
    assert [error for _, error in said] == ["", ""]
    rows = [[json.loads(line) for line in out.splitlines()[1:-1]] for out, _ in said]
    done = [{row["number"] for row in own} for own in rows]
    assert all(done)
    assert done[0] & done[1] == set()
    finished = [trial for trial in told().trials if trial.state in ("finished", "pruned")]
    assert len(finished) == len(told().trials) == len(done[0] | done[1]) == 4


def test_a_killed_workers_trial_is_failed_over_and_tried_again(capsys):
    worker, run = start_one(epochs=12)
    worker.kill()
    worker.communicate()
    (row,) = sweep(capsys, 1, epochs=12)[1:-1]
    killed, again = told().trials
    assert (killed.state, again.state, row["number"]) == ("failed", "finished", 1)
    assert killed.settings == again.settings
    assert killed.reason == (
        "Its worker ended without a word. Its settings are tried again as trial 1."
    )
    assert "killed, or out of memory" in run.state().message
    assert list((trials.folder("s") / "workers").iterdir()) == []


def test_stopping_a_trials_run_ends_its_worker_and_the_trial_is_not_tried_again(capsys):
    worker, run = start_one(epochs=1000)
    job.stop(run)
    worker.communicate(timeout=60)
    (trial,) = told().trials
    assert (trial.state, trial.reason) == ("pruned", "Its run was asked to stop.")
    assert sweep(capsys, 1, epochs=1000)[-1]["pruned"] == 1


def test_ctrl_c_gives_the_trial_back():
    worker, run = start_one(epochs=1000)
    worker.send_signal(signal.SIGINT)
    assert worker.communicate(timeout=60)[1] == "Stopped.\n"
    assert worker.returncode == 130
    stopped, waiting = told().trials
    assert (stopped.state, waiting.state) == ("failed", "waiting")
    assert waiting.settings == stopped.settings
    assert "is kept" in run.state().message


@pytest.mark.parametrize(
    "where", [(FileLock, "__exit__"), (Run, "write_start"), (study, "row"), (Trial, "report")]
)
def test_ctrl_c_may_come_at_any_moment(capsys, monkeypatch, where):
    owner, name = where

    sweep(capsys, 1, epochs=1)
    with monkeypatch.context() as during:

        def interrupted(*_, **__):
            during.undo()
            raise KeyboardInterrupt

        during.setattr(owner, name, interrupted)
        assert main(words(2, epochs=1)) == 130
    assert capsys.readouterr().err == "Stopped.\n"
    assert sweep(capsys, 2, epochs=1)[-1]["finished"] == 2


def test_a_worker_on_another_machine_is_gone_when_nothing_is_heard_of_it(tmp_path):
    def trial(seconds):
        attrs = {
            "worker": {"name": "a" * 32, "machine": "elsewhere"},
            "beat": time.time() - seconds,
        }
        return create_trial(state=TrialState.RUNNING, user_attrs=attrs)

    worker = Worker(tmp_path)
    assert is_lost(trial(SILENT + 1), worker)
    assert not is_lost(trial(SILENT - 60), worker)


def test_a_database_does_as_well(capsys, tmp_path):
    url = f"sqlite:///{tmp_path / 'sweeps.db'}"
    *_, row, last = sweep(capsys, 1, "--storage", url, epochs=1)
    assert sweep(capsys, 1, "--storage", url, epochs=1)[-1] == last
    assert told().best.run == row["run"]
    assert not (trials.folder("s") / "journal.log").exists()


def test_a_line_that_a_full_disk_has_cut_off_does_not_cost_the_journal(capsys):
    sweep(capsys, 1, epochs=1)
    with (trials.folder("s") / "journal.log").open("a") as file:
        file.write('{"op_code": 8, "work')
    assert sweep(capsys, 2, epochs=1)[-1]["finished"] == 2


@pytest.mark.parametrize("content", [b"x\n", b"[]\n", b'{"op_code": 99}\n', b'{"op_code": 4}\n'])
def test_a_damaged_journal_is_told_in_a_line(capsys, content):
    trials.folder("s").mkdir(parents=True)
    (trials.folder("s") / "journal.log").write_bytes(content)
    assert "The sweep s cannot be read from " in refused(capsys, words(1))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (words(1, "--search", "lr=1:2"), "There is no setting 'lr' to search"),
        (words(0), "--trials must be from 1 to 1,000, got 0"),
        (words(1, name="../x"), "--name must be up to 60 letters"),
        (words(1, "--storage", "folder"), "--storage must be a database's URL"),
        (words(1, "--storage", "nosuch://me:secret@host/x"), "cannot be read from its database"),
        (["sweep", "nosuch", "--trials", "1"], "recipe must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(capsys, arguments, expected):
    said = refused(capsys, arguments)
    assert expected in said
    assert "secret" not in said
    assert runs.all_runs() == []


def test_without_optuna_a_line_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    said = refused(capsys, words(1))
    assert said == "error: A sweep needs Optuna: pip install -r requirements-sweep.txt\n"
