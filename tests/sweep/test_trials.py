import json
import os
from dataclasses import replace

import pytest

from vae.errors import RunError
from vae.sweep import trials
from vae.sweep.trials import Sweep, Trial
from vae.training import runs

GOOD = Trial(0, "finished", "s-trial-000", -150.0, 3, {"beta": 1.5, "batch_size": 32}, "")
SWEEP = Sweep("s", 2, 3, "nats per image", ["beta"], [GOOD])


def damaged(**changes):
    trials.write(SWEEP)
    path = trials.folder("s") / "trials.json"
    values = json.loads(path.read_text())
    for key, value in changes.items():
        place = values if key in values else values["trials"][0]
        place[key] = value
    path.write_text(json.dumps(values))
    return path


def test_what_is_written_is_read():
    trials.write(SWEEP)
    assert trials.read(trials.all_sweeps()["s"]) == SWEEP
    assert runs.all_runs() == []


def test_the_best_is_the_finished_trial_with_the_highest_bound():
    def trial(number, state, elbo):
        return Trial(number, state, "", elbo, 1, {}, "")

    found = [trial(0, "pruned", -1.0), trial(1, "finished", -9.0), trial(2, "finished", -8.0)]
    assert Sweep("s", 3, 1, "", [], found).best is found[2]
    assert Sweep("s", 3, 1, "", [], found[:1]).best is None


@pytest.mark.parametrize(
    "changes",
    [
        {"trials": [1]},
        {"trials": {}},
        {"trials": [{}]},
        {"trials": [{}] * 5000},
        {"number": True},
        {"number": -1},
        {"state": "won"},
        {"state": []},
        {"run": None},
        {"run": "x" * 1000},
        {"elbo": "high"},
        {"elbo": float("nan")},
        {"elbo": 1e300},
        {"epoch": 1.5},
        {"settings": []},
        {"settings": {"beta": "x"}},
        {"settings": {"beta": float("inf")}},
        {"settings": {str(n): 1 for n in range(100)}},
        {"reason": 3},
        {"wanted": "2"},
        {"log": "beta"},
        {"log": [1]},
    ],
    ids=str,
)
def test_what_no_worker_writes_is_refused_in_words(changes):
    with pytest.raises(RunError, match="The sweep s cannot be read"):
        trials.read(damaged(**changes))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"null", b"[" * 100_000, b"\xff\xfe", b"{}", b" " * 3_000_000]
)
def test_another_file_is_refused_in_words(content):
    path = damaged()
    path.write_bytes(content)
    with pytest.raises(RunError, match="The sweep s cannot be read"):
        trials.read(path)


def test_what_is_no_file_is_refused_at_once():
    path = damaged()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(RunError, match="must be a file"):
        trials.read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match="cannot be read"):
        trials.read(path)


def test_only_the_newest_sweeps_are_listed():
    for number in range(trials.SHOWN + 2):
        name = f"s{number}"
        trials.write(replace(SWEEP, name=name))
        os.utime(trials.folder(name) / "trials.json", (number, number))
    found = list(trials.all_sweeps())
    assert found[0] == f"s{trials.SHOWN + 1}"
    assert len(found) == trials.SHOWN
    assert "s0" not in found
