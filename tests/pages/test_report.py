import gzip
import json
import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import percentileofscore

from pages.ui import resources
from pages.ui.components.bridge import KEY
from pages.ui.explore import selected_digit
from pages.ui.report import scores
from pages.ui.state import KEY as SESSION
from tests.support.sessions import cold
from vae import library
from vae.codec import decode
from vae.data import sets
from vae.digit import inference
from vae.store import checkpoint


def page(name="mnist"):
    """Report card as the first page of a session, for a checkpoint of that name."""
    app = cold("pages/report.py")
    app.query_params["ckpt"] = name
    app.run()
    assert not app.exception
    return app


def figures(app):
    """Every row of every table: its first column, and the number in its second."""
    rows = {}
    for element in app.markdown:
        for line in element.value.splitlines():
            if found := re.match(r"\| ([^|]+) \| (-?[\d.]+)%? \|", line):
                rows[found[1]] = float(found[2])
    return rows


@pytest.mark.parametrize("path", sorted(library.COMMITTED.glob("*.safetensors")), ids=str)
def test_the_page_shows_the_figures_that_the_checkpoint_holds(path, monkeypatch, tmp_path):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    (tmp_path / "mnist.safetensors").symlink_to(path)
    shown, metrics = figures(page()), checkpoint.load(path).metrics
    assert shown["ELBO"] == pytest.approx(metrics["elbo"], abs=0.006)
    assert shown["Exact log p(x)"] == pytest.approx(metrics["exact_log_likelihood"], abs=0.006)
    assert shown["Gap"] == pytest.approx(shown["Exact log p(x)"] - shown["ELBO"], abs=0.02)
    assert shown["Entropy of a pixel"] == pytest.approx(metrics["pixel_entropy"], abs=6e-5)
    assert shown["exact modes, all labels"] == pytest.approx(
        100 * metrics["knn_exact"]["1"], abs=0.06
    )


def test_the_model_of_the_address_is_shown():
    path = library.COMMITTED / "mnist-exact.safetensors"
    shown, metrics = figures(page("mnist-exact")), checkpoint.load(path).metrics
    assert shown["ELBO"] == pytest.approx(metrics["elbo"], abs=0.006)


def test_a_model_that_was_not_scored_says_so(small, monkeypatch, tmp_path):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    bound = {name: small.metrics[name] for name in ("elbo", "reconstruction", "kl", "unit")}
    made = {**small.made, "judged_on": "validation images"}
    unscored = replace(small, metrics=bound, made=made)
    checkpoint.save(unscored, tmp_path / "mnist.safetensors")
    app = page()
    assert "Only the bound on the validation images is known so far" in app.info[0].value
    assert set(figures(app)) == {"ELBO", "Reconstruction", "KL"}


PICTURES = {
    "What is taken for what",
    "What the test digits cost",
    "How many labels it needs",
    "The map against the prior",
    "Exactness and bound",
    "All models",
}


def charts(app):
    """The pictures that are drawn, by their keys, as Plotly has them."""
    return {one.proto.id.rsplit("-chart-", 1)[-1]: one for one in app.get("plotly_chart")}


def titles(app):
    return {e.value.removeprefix("#### ") for e in app.markdown if e.value.startswith("#### ")}


def costs(name="mnist"):
    """What each test digit costs, once all are computed."""
    loaded = resources.load(name)
    images = resources.originals(loaded.checkpoint)
    assert images is not None
    return -selected_digit.costs_of_all(loaded, images, patience=None).elbo


def test_the_first_words_are_the_verdict_on_the_model_that_is_open():
    app = page("modular")
    metrics = checkpoint.load(library.COMMITTED / "modular.safetensors").metrics
    verdict = app.markdown[0].value
    assert verdict.replace("\\", "").startswith("**Article 001: mix and match:** its map tells")
    assert f"{100 * metrics['knn']['5']:.0f}%" in verdict
    assert f"{-metrics['exact_log_likelihood']:.0f} nats" in verdict


def test_every_picture_is_there_once_the_costs_are_known():
    costs()
    app = page()
    assert titles(app) >= PICTURES
    assert set(charts(app)) == {"confusion", "costs", "labels", "spread", "front", "models"}


def test_while_costs_are_computed_all_other_pictures_are_there_and_it_says_so(monkeypatch):
    monkeypatch.setattr(selected_digit, "PART", 2499)  # nobody has asked for these parts yet
    app = page()
    assert set(charts(app)) == {"confusion", "labels", "spread", "front", "models"}
    assert titles(app) >= PICTURES


def test_the_costs_are_on_average_what_the_report_card_says():
    metrics = resources.load("mnist").checkpoint.metrics
    assert costs().mean().item() == pytest.approx(-metrics["elbo"], rel=1e-4)


def test_the_map_has_every_cost_and_three_examples_of_each_class():
    loaded, nats = resources.load("mnist"), costs()
    found = json.loads(gzip.decompress(scores.file(loaded, nats).compressed))
    assert np.array_equal(np.frombuffer(b64decode(found["costs"]), "<f4"), nats.numpy())
    below = percentileofscore(nats.numpy(), [found["low"], found["high"]])
    assert below == pytest.approx([2, 98], abs=0.1)
    assert len(found["examples"]) == 30
    images = sets.load_test("mnist").images
    for example in found["examples"]:
        index = example["index"]
        assert example["cost"] == pytest.approx(nats[index].item())
        assert example["label"] == loaded.checkpoint.labels[index]
        assert b64decode(example["original"]) == images[index].numpy().tobytes()
        back = decode(loaded.checkpoint.model, loaded.checkpoint.encoded.mean[index, None])
        assert b64decode(example["reconstruction"]) == back.numpy().tobytes()


def test_the_visitors_digit_stands_among_the_costs_with_what_it_costs():
    nats, image = costs(), sets.load_test("mnist").images[3]
    app = page()
    app.session_state[SESSION].digit = image.numpy().tobytes()
    app.session_state[SESSION].drawing = "something"
    app.run()
    own = inference.costs(resources.load("mnist").checkpoint.model, image[None]).item()
    share = int(percentileofscore(nats.numpy(), own, kind="strict"))
    said = next(e.value for e in app.markdown if e.value.startswith("Yours costs"))
    assert said == f"Yours costs {own:.0f} nats: more than {share}% of them."


def test_without_one_there_is_a_way_to_draw_one_and_a_cleared_pad_is_none():
    costs()
    app = page()
    assert any(link.proto.label == "Draw one to see it here" for link in app.get("page_link"))
    app.session_state[SESSION].digit = bytes(784)
    app.run()
    assert any(link.proto.label == "Draw one to see it here" for link in app.get("page_link"))


def test_a_digit_that_is_clicked_is_described_and_explores_view_stays_as_it_was():
    app = page()
    before = app.session_state[SESSION].view
    message = {"number": 1, "revision": app.session_state[SESSION].revision, "selected": 17}
    view = {"layer": "regions", "top": "nothing"}
    app.session_state[KEY] = {"message": {**message, "z": [0.5, 0.5], "hover": None, "view": view}}
    app.run()
    assert not app.exception
    assert app.session_state[SESSION].selected == 17
    assert app.session_state[SESSION].z == (0.5, 0.5)
    assert app.session_state[SESSION].view == before


def test_a_model_that_has_encoded_other_images_says_why_there_are_no_costs(
    small, monkeypatch, tmp_path
):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    labels = small.labels.flip(0)
    checkpoint.save(replace(small, labels=labels), tmp_path / "mnist.safetensors")
    app = page()
    assert "costs" not in charts(app)
    assert any("none of the test images of digits" in e.value for e in app.markdown)


def test_a_model_of_a_single_digit_without_figures_has_a_sentence_for_each_picture(
    small, monkeypatch, tmp_path
):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    encoded = type(small.encoded)(*(part[:1] for part in small.encoded))
    bound = {name: small.metrics[name] for name in ("elbo", "reconstruction", "kl")}
    lone = replace(small, encoded=encoded, labels=small.labels[:1], metrics=bound)
    checkpoint.save(lone, tmp_path / "mnist.safetensors")
    app = page()
    assert set(charts(app)) == {"spread"}
    said = " ".join(e.value for e in app.markdown)
    for words in ("a single test digit", "has not been computed", "none of the test images"):
        assert words in said


def test_a_model_to_which_digits_are_impossible_says_so(small, monkeypatch, tmp_path):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    state = small.model.state_dict()
    bias = [name for name in state if name.startswith("decoder") and name.endswith("bias")][-1]
    state[bias] = torch.full_like(state[bias], 3e37)  # finite, but their sum over pixels is not
    small.model.load_state_dict(state)
    checkpoint.save(small, tmp_path / "mnist.safetensors")
    costs()
    app = page()
    assert any("impossible" in e.value for e in app.markdown)
    assert "costs" not in charts(app)
