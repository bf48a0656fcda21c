import json
import os
import shutil
import signal
from dataclasses import replace

import pytest
import torch

from pages.ui.training import actions
from tests.support.sessions import cold, models, wait_until
from vae import library
from vae.codec import encode
from vae.errors import RunError
from vae.evaluate import accuracy
from vae.model import VAE
from vae.recipes import recipe
from vae.training import control, job, runs, timeline
from vae.training.loop import fit

COSTS = {f"{split}_{term}": 1.0 for split in ("train", "held") for term in ("reconstruction", "kl")}
FIGURES = {"seconds": 1.0, "held_elbo": -2.0, **COSTS}


def page():
    """Train as the first page of a session: a cold deep link, or a refresh."""
    app = cold("pages/train.py").run()
    assert not app.exception
    return app


def fill_in(app, **values):
    app.selectbox(key="recipe").set_value("plain").run()
    for name, value in values.items():
        kind = app.selectbox if name == "dataset" else app.number_input
        kind(key=f"setting-plain-{name}").set_value(value)
    return app.button[0].click()


def told(app):
    return " ".join(element.value for element in app.error).replace("\\", "")


@pytest.fixture
def long_run(quick):
    """A real training process, ended when the test is over."""
    run = job.start(quick(epochs=1000))
    try:
        wait_until(lambda: run.state().epoch >= 1)
        yield run
    finally:
        job.stop(run)


def progress(app):
    return app.get("progress")[0].proto.text


def test_the_first_visit_shows_the_settings_with_their_defaults():
    app = page()
    assert app.number_input(key="setting-default-epochs").value == 25
    assert app.selectbox(key="setting-default-dataset").value == "mnist"


def test_without_mnist_the_form_starts_with_what_is_at_hand(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_DATA", str(tmp_path))
    app = page()
    assert app.selectbox(key="recipe").value == "digits"
    assert app.selectbox(key="setting-digits-dataset").value == "digits"
    assert any("MNIST is not on this machine yet" in element.value for element in app.caption)


def test_what_the_form_starts_with_offline_separates_the_digits(digits):
    config = recipe("digits")
    short = replace(config.train, epochs=12, device="cpu", precision="fp32")
    torch.manual_seed(0)
    model = VAE(config.model)
    *_, report = fit(model, short, digits)
    train, test = encode(model, digits.train.images).mean, report.encoded.mean
    assert (
        accuracy(train, digits.train.labels, test, digits.test.labels)["5"] > 0.7
    )  # and 0.93 after all
    assert test.std(0).min() > 0.5


@pytest.mark.parametrize("epochs", [0, 10**9])
def test_impossible_epochs_are_refused_with_their_bounds(epochs):
    app = fill_in(page(), dataset="digits", epochs=epochs).run()
    assert f"epochs must be a whole number from 1 to 1000, got {epochs}" in told(app)
    assert runs.all_runs() == []


def test_start_trains_and_the_finished_model_is_offered():
    fill_in(page(), dataset="digits", epochs=2).run()
    (run,) = runs.all_runs()
    wait_until(lambda: run.state().over)
    app = page()
    assert "finished: 2 epochs" in progress(app)
    links = [link.proto for link in app.get("page_link") if link.proto.label == "Open in Explore"]
    assert links and all(f"ckpt={run.name}" in link.query_string for link in links)


def test_the_form_keeps_what_was_set_for_the_last_run(quick):
    run = runs.create(replace(recipe("modular"), train=replace(quick().train, epochs=7)))
    run.write_state(phase="finished")
    app = page()  # a refresh, or a return from another page
    assert app.selectbox(key="recipe").value == "modular"
    assert app.number_input(key="setting-modular-epochs").value == 7
    assert app.selectbox(key="setting-modular-dataset").value == "digits"


def test_epochs_of_the_encoder_alone_are_announced_and_counted_by_themselves(quick):
    assert any("come 4 of the encoder alone" in element.value for element in page().caption)
    run = runs.create(quick(epochs=2, refit_epochs=3, validation=100))
    run.write_state()
    run.reclaim()
    run.write_start(os.getpid(), run.config().train)
    for epoch in range(1, 5):
        run.append_metrics({**FIGURES, "epoch": epoch})
    run.write_state(phase="training", epoch=1)
    assert "epoch 1 of 2 done, then 3 of the encoder alone: about" in progress(page())
    run.write_state(epoch=4)
    assert "epoch 2 of 3 of the encoder alone done: about" in progress(page())
    run.write_state(phase="finished")
    run.release()
    assert "finished: 2 epochs and 3 of the encoder alone in 4 s" in progress(page())


def test_scoring_says_how_far_it_is_and_offers_the_model_meanwhile(trained, runs_folder):
    run = runs.Run(shutil.copytree(trained.folder, runs_folder / "scored"))
    run.reclaim()
    run.write_start(os.getpid(), run.config().train)
    run.write_state(phase="scoring", message="Scoring, 3 of 4: the bound from 500 samples")
    app = page()
    assert "Scoring, 3 of 4" in progress(app)
    assert " s · the model can be opened already" in progress(app)
    assert "Open in Explore" in [link.proto.label for link in app.get("page_link")]
    assert models(cold("pages/report.py").run(), "Trained here").options == ["scored"]
    run.release()


def assert_told_of(run, app):
    (words,) = [e.value.replace("\\", "") for e in app.caption if "trained now" in e.value]
    assert words.startswith(f"{run.title} is being trained now")
    assert "what you start waits in line until it is over" in words
    assert words not in [e.value.replace("\\", "") for e in app.expander[0].caption]  # it is folded


def test_while_a_run_is_going_on_the_form_says_that_another_has_to_wait(long_run):
    app = page()
    assert app.button[0].label == "Start" and not app.button[0].disabled
    assert_told_of(long_run, app)


def test_who_presses_start_a_moment_too_late_stands_in_line_and_may_leave_it(quick):
    app = page()
    fill_in(app, dataset="digits", epochs=1)
    run = job.start(quick(epochs=1000))
    try:
        assert_told_of(run, app.run())
        (waiting,) = job.waiting()
        app = choose(page(), waiting)
        assert row_of(app, waiting)["State"] == "in line, number 1"
        app.button(key="leave").click().run()
        assert job.waiting() == [] and waiting.state().phase == "stopped"
    finally:
        job.stop(run)


def test_another_visitor_sees_the_run_and_can_stop_it(long_run):
    app = page()
    assert "about" in progress(app)
    app.button(key="stop").click().run()
    wait_until(lambda: long_run.state().over)
    assert "is kept" in progress(page())


def test_a_killed_training_is_explained_once(long_run):
    os.kill(long_run.state().pid, signal.SIGKILL)
    wait_until(lambda: long_run.state().over)
    app = page()
    assert "ended without a word: killed, or out of memory" in told(app)
    assert "ended without a word" not in progress(app)


def test_a_damaged_checkpoint_of_a_run_that_kept_no_moments_is_explained(long_run):
    job.stop(long_run)
    shutil.rmtree(long_run.folder / "snapshots")
    long_run.checkpoint.write_bytes(b"x")
    app = page()
    captions = " ".join(element.value for element in app.caption)
    assert "is not a checkpoint" in told(app) + captions


def component(app):
    """What the live map was handed, if it is on the page."""
    found = [json.loads(one.proto.json) for one in app.get("bidi_component")]
    return found[0] if found else None


def test_a_run_that_goes_on_is_shown_live_and_its_life_afterwards(long_run):
    assert component(page())["live"] is True
    job.stop(long_run)
    shown = component(page())
    assert (shown["name"], shown["live"]) == (long_run.name, False)


def test_the_first_visit_shows_a_recorded_life(trained, tmp_path, monkeypatch):
    (tmp_path / "default.timeline").write_bytes(timeline.read(trained.folder).pack())
    monkeypatch.setattr(timeline, "COMMITTED", tmp_path)
    app = page()
    assert component(app) == {"name": "default", "live": False, "mine": None}
    assert any("A training that was recorded" in element.value for element in app.caption)


def test_a_run_is_paused_stepped_and_goes_on(long_run):
    app = page()
    app.button(key="ask-pause").click().run()
    wait_until(lambda: long_run.state().paused)
    before = long_run.state()
    app = page()
    assert "paused" in progress(app)
    app.button(key="ask-epoch").click().run()
    wait_until(lambda: long_run.state().paused and long_run.state().epoch > before.epoch)
    assert long_run.state().epoch == before.epoch + 1
    page().button(key="ask-continue").click().run()
    wait_until(lambda: not long_run.state().paused)
    wait_until(lambda: long_run.state().epoch > before.epoch + 2)


def test_a_setting_is_changed_while_it_runs_and_a_bad_one_refused_in_words(long_run):
    app = page()
    dial = app.number_input(key=f"dial-{long_run.name}-beta-0")
    dial.set_value(-1.0).run()
    assert "beta must be" in told(app)
    assert control.changes(long_run.folder) == []
    app.number_input(key=f"dial-{long_run.name}-beta-0").set_value(4.0).run()
    assert told(app) == ""
    (change,) = wait_until(lambda: control.changes(long_run.folder))
    assert (change.name, change.new) == ("beta", 4.0)
    assert page().number_input(key=f"dial-{long_run.name}-beta-1").value == 4.0


@pytest.fixture
def kept(trained, runs_folder):
    """A run that is over, in the folder of runs."""
    return runs.Run(shutil.copytree(trained.folder, runs_folder / "kept"))


def row_of(app, run):
    table = app.dataframe[0].value
    return table[table["Name"] == run.title].iloc[0]


def choose(app, run):
    return app.selectbox(key=actions.CHOSEN).set_value(run.name).run()


def has(app, label):
    popovers = [block.proto.popover.label for block in app.get("popover")]
    return label in [*popovers, *(button.label for button in app.button)]


def test_the_table_has_a_line_for_each_run_with_its_settings_figures_and_curve(kept, quick):
    other = runs.create(quick(epochs=7, beta=4.0), "other")
    other.write_state(phase="failed", started=1.0)
    app = page()
    assert list(app.dataframe[0].value["Name"]) == ["kept", "other"]
    line, history = row_of(app, kept), kept.history()
    assert line["ELBO"] == history[-1]["held_elbo"]
    assert list(line["ELBO by epoch"]) == [epoch["held_elbo"] for epoch in history]
    assert line["Time"] == sum(epoch["seconds"] for epoch in history)
    assert (line["State"], line["Epochs"]) == ("finished", 3)
    line = row_of(app, other)
    assert line["State"] == "failed" and "beta 4.0" in line["Settings"]
    assert "epochs 7" in line["Settings"]


def test_a_folder_that_cannot_be_read_is_a_line_with_the_reason(kept, runs_folder):
    (runs_folder / "strange").mkdir()
    (runs_folder / "strange" / "state.json").write_text('{"started": "x"}')
    (kept.folder / "config.json").write_text("[]")
    table = page().dataframe[0].value.set_index("Name")
    assert table.loc["strange", "State"] == "cannot be read"
    assert "started cannot be 'x'" in table.loc["strange", "Settings"]
    assert "The settings of kept cannot be read" in table.loc["kept", "Settings"]


def test_a_run_of_an_older_version_says_so(kept):
    content = json.loads((kept.folder / "state.json").read_text())
    del content["version"]
    (kept.folder / "state.json").write_text(json.dumps(content))
    assert row_of(page(), kept)["State"] == "finished · of an older version"


def test_a_run_can_be_called_something_else_everywhere(kept):
    app = choose(page(), kept)
    app.text_input(key="title-kept").set_value("  Round\nmap *1* ").run()
    assert kept.title == "Round map *1*"
    assert list(page().dataframe[0].value["Name"]) == ["Round map *1*"]
    shown = models(cold("pages/report.py").run(), "Trained here").options
    assert shown == ["Round map \\*1\\*"]


def test_deleting_asks_twice_and_then_leaves_nothing(kept, runs_folder):
    app = choose(page(), kept)
    assert app.button(key="delete-it-kept").disabled
    app.checkbox(key="sure-kept").check().run()
    app.button(key="delete-it-kept").click().run()
    assert not app.exception
    assert not [path for path in runs_folder.iterdir() if not path.name.endswith(".lock")]
    assert "kept" not in library.checkpoints()


def test_a_run_that_goes_on_cannot_be_deleted(long_run):
    app = choose(page(), long_run)
    assert not has(app, "Delete") and has(app, "Rename")
    with pytest.raises(RunError, match="is not over: stop it first"):
        runs.remove(long_run)


def test_a_run_is_started_again_with_its_settings(kept):
    choose(page(), kept).button(key="again").click().run()
    again, first = runs.all_runs()
    try:
        assert first == kept and again.config() == kept.config()
    finally:
        job.stop(again)


def test_a_checkpoint_is_downloaded_and_comes_back_as_a_model_by_upload(kept, good):
    app = choose(page(), kept)
    (button,) = app.get("download_button")
    assert button.proto.label == "Download"
    app.file_uploader[0].set_value([("mine.safetensors", good, "application/octet-stream")]).run()
    assert not app.exception and not app.error
    uploaded = runs.all_runs()[0]
    assert uploaded.title == "mine" and uploaded.checkpoint.read_bytes() == good
    assert uploaded.history() == kept.history()
    assert row_of(page(), uploaded)["State"] == "finished"
    assert "mine" in models(cold("pages/report.py").run(), "Trained here").options
    assert len(runs.all_runs()) == 2  # once, however often the page has run


@pytest.mark.parametrize("content", [b"", b"PK\3\4" * 100, "cut", "flipped"])
def test_what_is_no_checkpoint_is_refused_with_the_reason_and_not_kept(content, good, runs_folder):
    content = {"cut": good[:-100], "flipped": good[:9] + b"!" + good[10:]}.get(content, content)
    app = page()
    name = "../../<b>evil</b>.safetensors"
    app.file_uploader[0].set_value([(name, content, "application/octet-stream")]).run()
    assert not app.exception
    assert "safetensors" in told(app)
    assert runs.all_runs() == [] and not list(runs_folder.glob("uploaded*"))


def test_on_a_public_server_others_see_a_run_and_may_not_touch_it(quick, monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_PUBLIC", "1")
    app = fill_in(page(), dataset="digits", epochs=1000).run()
    (run,) = runs.all_runs()
    try:
        token = "".join(app.query_params["owner"])
        assert job.may_change(run, token)
        wait_until(lambda: run.state().epoch >= 1)
        other = page()
        assert not has(other, "Stop") and not has(other, "Rename") and not has(other, "Pause")
        assert any(actions.NOT_YOURS in e.value for e in other.caption)
        assert "owner" not in other.query_params
        mine = cold("pages/train.py")
        mine.query_params["owner"] = token
        mine.run()  # another browser, by the address
        assert has(mine, "Stop") and has(mine, "Rename")
        mine.button(key="stop").click().run()
        wait_until(lambda: run.state().over)
        assert not has(page(), "Delete") and has(mine.run(), "Delete")
    finally:
        job.stop(run)


def test_a_key_that_was_cut_off_is_told(monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_PUBLIC", "1")
    app = cold("pages/train.py")
    app.query_params["owner"] = "short"
    app.run()
    assert any("no key to a run" in e.value for e in app.warning)
