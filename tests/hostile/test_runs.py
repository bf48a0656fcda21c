"""Run directories from strangers: none raises what no page expects, none hangs or is slow."""

import json
import os
import time

import pytest

from tests.support.sessions import cold
from vae import library, strict_json
from vae.errors import RunError
from vae.training import control, figures, job, run, runs, state
from vae.training.runs import Run

GOOD = {"phase": "finished", "epoch": 1, "epochs": 1}
DEEP = "[" * 9000 + "]" * 9000
STATES = {
    "a text for a time": {**GOOD, "started": "x"},
    "a list": [1],
    "a list for an epoch": {**GOOD, "epoch": [1]},
    "true for an epoch": {**GOOD, "epoch": True},
    "half an epoch": {**GOOD, "epoch": 0.5},
    "a negative epoch": {**GOOD, "epoch": -1},
    "a huge process": {**GOOD, "pid": 10**300},
    "a phase that is none": {**GOOD, "phase": "flying"},
    "a list for a phase": {**GOOD, "phase": ["finished"]},
    "a number for words": {**GOOD, "message": 5},
    "a set for words": {**GOOD, "message": {}},
    "not a number": '{"phase": "finished", "started": NaN}',
    "infinity": '{"phase": "finished", "started": 1e999}',
    "a number of 5,000 digits": '{"phase": "finished", "pid": %s}' % ("9" * 5000),
    "nested deeply": DEEP,
    "nested deeply in a name": '{"phase": "finished", "message": ' + DEEP + "}",
    "a name twice": '{"phase": "finished", "phase": "failed"}',
    "too long": '{"phase": "finished", "message": "%s"}' % ("x" * state.MAX_STATE),
    "half": '{"phase": "fin',
    "nothing": "",
    "no text": b"\xff\xfe\x00",
}
FIGURES = {**dict.fromkeys(figures.NEEDED, 1.0), "epoch": 1}
METRICS = {
    "a list": "[1]",
    "a number": "1",
    "nothing but an epoch": '{"epoch": 1}',
    "a list for an epoch": json.dumps({**FIGURES, "epoch": [1]}),
    "a fraction for an epoch": json.dumps({**FIGURES, "epoch": 1.5}),
    "a text for a figure": json.dumps({**FIGURES, "seconds": "1"}),
    "not a number": json.dumps({**FIGURES, "seconds": float("nan")}),
    "infinity": json.dumps(FIGURES).replace("1.0", "1e999"),
    "nested deeply": DEEP,
    "a long line": json.dumps({**FIGURES, "x" * 9000: 1}),
    "many names": json.dumps({**FIGURES, **{str(n): 1 for n in range(99)}}),
    "no text": b"\xff\xfe",
}
CONFIGS = ["[]", "{}", DEEP, '{"model": 1, "train": 2}', "x" * 10**6, b"\xff"]
CONFIGS += ['{"model": {"%s": 1}, "train": {}}' % ("x" * 30_000), '{"model": {}, "train": null}']


@pytest.fixture
def odd(runs_folder, quick):
    """A run like any other, beside a good one."""
    good = runs.create(quick(), "good")
    good.write_state(phase="finished")
    odd = runs.create(quick(), "odd")
    odd.write_state(phase="finished")
    return odd


def put(path, content):
    path.unlink(missing_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))


def assert_one_line_says_why(words=""):
    (line,) = runs.look().unreadable
    assert line.name == "odd" and words in line.reason and len(line.reason) < 400
    assert "odd" not in library.checkpoints() and "mnist" in library.checkpoints()
    assert [run.name for run in runs.all_runs()] == ["good"]
    assert job.running() is None


@pytest.mark.parametrize("content", STATES.values(), ids=STATES)
def test_a_state_that_cannot_be_believed_is_one_line_with_the_reason(odd, content):
    put(odd.folder / "state.json", content)
    assert_one_line_says_why("odd is not a training run: ")
    with pytest.raises(RunError):
        odd.state()


@pytest.mark.parametrize("content", METRICS.values(), ids=METRICS)
def test_figures_that_cannot_be_believed_are_refused_with_their_line(odd, content):
    put(odd.folder / "metrics.jsonl", content)
    with (odd.folder / "metrics.jsonl").open("ab") as file:
        file.write(b"\n")
    with pytest.raises(RunError, match="The figures of odd cannot be read: line 1 is") as caught:
        odd.history()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("content", CONFIGS, ids=range(len(CONFIGS)))
def test_settings_that_cannot_be_believed_are_refused_in_a_few_words(odd, content):
    put(odd.folder / "config.json", content)
    with pytest.raises(RunError, match="The settings of odd cannot be read") as caught:
        odd.config()
    assert len(str(caught.value)) < 400


def pipe(path):
    os.mkfifo(path)


def link_out(path):
    path.symlink_to("/etc/passwd")


def link_to_itself(path):
    path.symlink_to(path)


def folder(path):
    path.mkdir()


def device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, link_out, link_to_itself, folder, device])
@pytest.mark.parametrize(
    "name",
    [
        "state.json",
        "config.json",
        "metrics.jsonl",
        "changes.jsonl",
        "title.txt",
        "lock",
        "heartbeat",
        "owner",
        "last.safetensors",
    ],
)
def test_what_is_no_regular_file_is_neither_waited_for_nor_followed(odd, monkeypatch, name, make):
    monkeypatch.setenv("LATENT_ATLAS_PUBLIC", "1")
    (odd.folder / name).unlink(missing_ok=True)
    make(odd.folder / name)
    start = time.monotonic()
    if name == "state.json":
        assert_one_line_says_why()
    else:
        assert runs.look().unreadable == []
        assert odd.title == "odd" and not job.may_change(odd, "token") and not odd.stands_still()
        assert control.changes(odd.folder) == []
        for read in (odd.config, odd.history):
            try:
                assert "root" not in str(read())
            except RunError as error:
                assert "link" in str(error) or "regular" in str(error)
        assert "odd" not in library.checkpoints()
    assert time.monotonic() - start < 1


def test_a_folder_that_is_a_link_is_not_followed(odd, runs_folder, tmp_path):
    odd.folder.rename(tmp_path / "elsewhere")
    odd.folder.symlink_to(tmp_path / "elsewhere")
    assert_one_line_says_why("is a link")


def test_every_page_opens_beside_any_of_them(odd, runs_folder, quick):
    for number, content in enumerate(STATES.values()):
        (runs_folder / f"state-{number}").mkdir()
        put(runs_folder / f"state-{number}" / "state.json", content)
    put(odd.folder / "metrics.jsonl", "[1]\n")
    put(odd.folder / "config.json", DEEP)
    odd.write_state(started=time.time() + 10)  # the newest, which the page shows
    for page in ("app.py", "pages/train.py", "pages/your_digit.py", "pages/report.py"):
        assert not cold(page).run().exception, page


def test_of_very_many_folders_the_last_changed_are_looked_at(runs_folder, monkeypatch, quick):
    monkeypatch.setattr(runs, "MAX_RUNS", 5)
    for number in range(8):
        Run(runs_folder / f"run-{number}").folder.mkdir(parents=True)
        Run(runs_folder / f"run-{number}").write_state(phase="finished", started=number)
        os.utime(runs_folder / f"run-{number}" / "state.json", (number, number))
    found = runs.look()
    assert [run.name for run, _ in found.seen] == [f"run-{n}" for n in (7, 6, 5, 4, 3)]
    assert found.passed == 3
    monkeypatch.setattr(runs, "MAX_ENTRIES", 6)
    assert runs.look().passed == 3


def test_what_has_changed_is_read_again_and_nothing_else(odd, monkeypatch):
    runs.look()
    read = []
    monkeypatch.setattr(state, "read_regular", lambda path, most: read.append(path) or b"{")
    assert len(runs.look().seen) == 2 and not read
    os.utime(odd.folder / "state.json", (5, 5))
    assert [one.name for one in runs.look().unreadable] == ["odd"] and len(read) == 1


def test_figures_are_read_from_where_the_last_look_ended(odd, monkeypatch):
    lines, parse = [], strict_json.parse
    monkeypatch.setattr(strict_json, "parse", lambda text: lines.append(text) or parse(text))
    for epoch in range(1, 4):
        odd.append_metrics({**FIGURES, "epoch": epoch})
        assert [entry["epoch"] for entry in odd.history()] == list(range(1, epoch + 1))
        assert odd.history() == odd.history()
    assert len(lines) == 3


@pytest.mark.parametrize("same_file", [True, False])
def test_figures_that_were_cut_back_and_written_on_are_read_anew(odd, same_file):
    for epoch in range(1, 6):
        odd.append_metrics({**FIGURES, "epoch": epoch})
    assert len(odd.history()) == 5
    path = odd.folder / "metrics.jsonl"
    first, *_ = path.read_text().splitlines(keepends=True)
    if not same_file:
        path.unlink()
    path.write_text(first)
    for _ in range(6):
        odd.append_metrics({**FIGURES, "epoch": 2, "seconds": 77.0})
    assert [entry["epoch"] for entry in odd.history()] == [1] + [2] * 6


def test_a_million_lines_are_refused_without_being_read(odd):
    put(odd.folder / "metrics.jsonl", (json.dumps(FIGURES) + "\n") * 1_000_000)
    start = time.monotonic()
    with pytest.raises(RunError, match="at most 4,000,000 are expected"):
        odd.history()
    assert time.monotonic() - start < 0.5


def test_a_title_is_one_short_line_whatever_the_file_has(odd):
    odd.write_title("Round \x1b[31m<b>map</b>\n\n of   mine" + "x" * 500)
    assert odd.title.startswith("Round [31m<b>map</b> of mine") and len(odd.title) == run.MAX_TITLE
    assert library.tell("odd").title == odd.title
    odd.write_title("  \n")
    assert odd.title == "odd"
    put(odd.folder / "title.txt", b"\xff\xff")
    assert odd.title == "odd"
