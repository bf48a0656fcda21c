import json
import shutil

import pytest

from pages.ui.training import parallel, sweeps
from tests.support.sessions import cold
from vae.sweep import trials
from vae.sweep.trials import Sweep, Trial, TrialState
from vae.training import runs


def trial(number, elbo, state: TrialState = "finished", **changes):
    settings = {"learning_rate": 0.001 * (number + 1), "batch_size": 32}
    row = {"run": f"s-trial-{number:03}", "epoch": 3, "settings": settings, "reason": ""}
    return Trial(number, state, elbo=elbo, **{**row, **changes})


def leave(*found, name="s"):
    trials.write(Sweep(name, 5, 3, "nats per image", ["learning_rate"], list(found)))
    return trials.folder(name) / "trials.json"


def page():
    app = cold("pages/train.py").run()
    assert not app.exception
    return app


def told(app):
    return " ".join(element.value for element in app.markdown).replace("\\", "")


def rows(app):
    return app.dataframe[0].value.to_dict("records")


def charts(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_without_a_sweep_the_page_says_nothing_of_any(runs_folder):
    assert "Sweeps" not in told(page())
    (runs_folder / "sweeps" / "empty").mkdir(parents=True)
    assert "Sweeps" not in told(page())


def test_the_trials_are_a_table_and_a_plot_and_the_best_opens_in_explore(trained, runs_folder):
    shutil.copytree(trained.folder, runs_folder / "s-trial-001")
    pruned = trial(2, -300.0, "pruned", reason="Pruned after epoch 1.")
    leave(trial(0, -170.0), trial(1, -150.0), pruned, trial(3, None, "waiting", run=""))
    app = page()
    assert "s · 3 of 5 trials are over, 1 of them pruned. Best: trial 1, ELBO -150.00" in told(
        app
    ).replace("**", "")
    assert [row["trial"] for row in rows(app)] == [1, 0, 2, 3]
    assert rows(app)[2]["why"] == "Pruned after epoch 1."
    links = [link.proto for link in app.get("page_link")]
    (best,) = [link for link in links if link.label == "Open the best in Explore"]
    assert "ckpt=s-trial-001" in best.query_string
    (plot,) = [chart for chart in charts(app) if chart["data"][0]["type"] == "parcoords"]
    axes = plot["data"][0]["dimensions"]
    # The batch size is the same in all trials: nothing to see.
    assert [axis["label"] for axis in axes] == ["learning rate", "ELBO"]


def test_a_best_trial_whose_run_is_gone_is_not_offered():
    leave(trial(0, -170.0))
    assert "Open the best in Explore" not in [link.proto.label for link in page().get("page_link")]


def test_of_several_sweeps_the_visitor_chooses():
    leave(trial(0, -170.0), name="old")
    leave(trial(0, -160.0), name="new")
    app = page()
    assert app.selectbox(key="sweep").options == ["new", "old"]
    assert "new · 1 of 5" in told(app).replace("**", "")
    app = app.selectbox(key="sweep").set_value("old").run()
    assert "old · 1 of 5" in told(app).replace("**", "")


def test_a_damaged_sweep_is_a_line_and_the_rest_of_the_page_stands():
    leave().write_text('{"name": 3}')
    app = page()
    assert [e.value.replace("\\", "").split(":")[0] for e in app.error] == [
        "The sweep s cannot be read"
    ]
    assert app.selectbox(key="recipe")


def test_a_file_of_trials_is_read_once_for_each_change():
    path = leave(trial(0, -170.0))
    first = sweeps.read(path)
    assert sweeps.read(path) is first
    leave(trial(0, -170.0), trial(1, -160.0))
    assert len(sweeps.read(path).trials) == 2
    path.write_text("{")
    damaged = sweeps.read(path)
    assert sweeps.read(path) is damaged
    assert "cannot be read" in str(damaged)


def test_a_trial_whose_process_is_gone_is_said_to_be_interrupted(trained, runs_folder):
    run = runs.Run(shutil.copytree(trained.folder, runs_folder / "s-trial-000"))
    run.write_state(phase="training", pid=0)
    leave(trial(0, -170.0, "training"))
    assert rows(page())[0]["state"] == "interrupted"


def test_markup_in_a_strangers_sweep_stays_text():
    name = "**loud** [x](http://x)".replace("/", "")
    leave(trial(0, -170.0), name=name)
    lines = [e.value for e in page().markdown if "loud" in e.value]
    assert lines and all(r"\*\*loud\*\* \[x\]\(http" in line for line in lines)


@pytest.mark.parametrize("low", [-1e4, -1e11])
def test_a_trial_that_was_pruned_at_once_does_not_press_the_others_together(low):
    lifted = parallel.lifted([-150.0, -160.0, -170.0, low])
    assert lifted[:3] == [-150.0, -160.0, -170.0]
    assert -200 < lifted[3] < -170


def test_settings_searched_in_logarithms_stand_so_on_their_axis():
    found = [trial(0, -1.0), trial(9, -2.0)]
    axis = parallel.axis(Sweep("s", 2, 1, "", ["learning_rate"], found), found, "learning_rate")
    assert axis["values"] == pytest.approx([-3, -2])
    assert axis["ticktext"][0] == "0.001" and axis["ticktext"][-1] == "0.01"
