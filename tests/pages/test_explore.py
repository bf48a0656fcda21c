from base64 import b64decode

import numpy as np
import pytest
import torch
from scipy.stats import percentileofscore
from sklearn.neighbors import KernelDensity

from pages.ui import resources
from pages.ui.components.bridge import KEY
from pages.ui.explore import selected_digit
from tests.support.bridge import response, say
from tests.support.sessions import cold
from vae import library
from vae.data import sets
from vae.latent import fields


def page(**address):
    """Explore in a simulated session, opened by an address."""
    app = cold("app.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def warnings(app):
    return " ".join(element.value for element in app.warning).replace("\\", "")


def test_the_first_visit_shows_the_middle_of_the_committed_model():
    app = page()
    assert not app.exception and not app.warning and not app.error
    assert response(app)["z"] == [0, 0]


def test_an_address_reproduces_the_view():
    app = page(ckpt="mnist", z1="0.5", z2="-1.25")
    assert response(app)["z"] == [0.5, -1.25]
    assert app.query_params["z1"] == "0.5"


@pytest.mark.parametrize("z1", ["nan", "inf", "-inf", "1e999", "two", "", "1,2"])
def test_a_place_that_is_not_a_number_is_said_and_the_middle_shown(z1):
    app = page(z1=z1, z2="1")
    assert not app.exception
    assert "z1 and z2 must be numbers. The middle is shown" in warnings(app)
    assert response(app)["z"] == [0, 0]


def test_a_place_far_outside_is_brought_to_the_edge_and_that_is_said():
    app = page(z1="1e9", z2="0")
    x, _ = response(app)["z"]
    assert 3 <= x < 20
    assert "z1 = 1e+09, z2 = 0 lies beyond this map. The hand is put at its edge" in warnings(app)
    assert not page(z1="1", z2="0").warning


def test_an_eight_has_its_article():
    labels = resources.load("mnist").checkpoint.labels
    app = page()
    say(app, number=1, z=[0.0, 0.0], selected=int((labels == 8).nonzero()[0]))
    assert ", an 8, and how" in response(app)["selected"]["words"][0]


def test_a_checkpoint_that_is_a_path_is_said_not_to_be_here():
    app = page(ckpt="../../etc/passwd", z1="nan")
    assert not app.exception
    assert "a checkpoint '../../etc/passwd', which is not here; 'mnist' is shown" in warnings(app)


def test_markdown_in_an_address_stays_text():
    app = page(ckpt="**[x](http://evil)**")
    assert "\\*\\*\\[x\\]\\(http\\:/\u2060/evil\\)" in app.warning[0].value


def test_a_message_of_the_hand_is_answered_with_the_exact_image():
    app = page()
    say(app, number=7, z=[1.0, 1.0])
    assert response(app)["number"] == 7
    assert response(app)["z"] == [1.0, 1.0]
    assert app.query_params["z1"] == "1"


def test_a_clicked_point_brings_its_label():
    app = page()
    say(app, number=1, z=[0.0, 0.0], selected=0)
    chosen = response(app)["selected"]
    assert chosen["label"] == 7  # the first digit of MNIST's test set
    assert "Test digit 0, a 7" in chosen["words"][0]


@pytest.mark.parametrize(
    "message",
    [
        "text",
        {"number": "1"},
        {"number": 3, "z": None},
        {"number": 3, "z": [float("nan"), 0]},
        {"number": 3, "z": ["__import__", {}]},
        {"number": 3, "z": [0, 0, 0]},
        {"number": 3, "z": [10**400, 0]},
        {"number": 3, "z": [0.5, 0.25], "selected": 10**9},
        {"number": 3, "z": [0.5, 0.25], "selected": "0"},
        {"number": 3, "z": [0.5, 0.25], "selected": True},
        {"number": 3, "z": [0.5, 0.25], "hover": "there", "view": "mine", "request": 7},
        {"number": 3, "z": [0.5, 0.25], "view": {"layer": ["x"], "a": {}, "tiles": None}},
        {"number": 3, "z": [0.5, 0.25], "request": {"what": ["layer"]}},
        {"number": 3, "z": [0.5, 0.25], "request": {"what": "file", "of": "grid", "x": 1}},
        {
            "number": 3,
            "z": [0.5, 0.25],
            "request": {
                "what": "file",
                "of": "grid",
                "x": [-3, 3],
                "y": [1.5, 2],
                "view": {"axes": "percentiles"},
            },
        },
    ],
)
def test_nonsense_from_a_browser_moves_nothing(message):
    app = page(z1="0.5", z2="0.25")
    if isinstance(message, dict):
        message = {"revision": response(app)["revision"], **message}
    app.session_state[KEY] = {"message": message}
    app.run()
    assert not app.exception
    assert response(app)["z"] == [0.5, 0.25]
    assert response(app)["selected"] is None


def test_hovering_elsewhere_decodes_there_and_leaves_the_hand():
    app = page(z1="0.5", z2="0.25")
    here = response(app)
    say(app, number=2, z=[0.5, 0.25], hover=[-1.0, 0.75])
    there = response(app)
    assert there["z"] == [0.5, 0.25]
    assert there["at"] == [-1.0, 0.75]
    assert there["image"] != here["image"]
    assert app.query_params["z1"] == "0.5"


def test_the_address_carries_the_view_and_brings_it_back():
    words = {"layer": "stretch", "top": "contours", "axes": "percentiles", "a": "1,0", "b": "0,1"}
    app = page()
    say(app, number=2, z=[0.0, 0.0], view=words)
    kept = {name: app.query_params[name] for name in words}
    assert kept == words
    assert response(page(**kept))["view"] == words


def test_a_view_that_makes_no_sense_is_said_and_the_usual_shown():
    app = page(layer="everything", tiles="-4")
    assert not app.exception
    assert "layer='everything'; it must be one of nothing, images" in warnings(app)
    assert "tiles='-4'" in app.warning[1].value.replace("\\", "")
    assert response(app)["view"] == {}


@pytest.mark.parametrize("layer", ["uncertainty", "stretch", "density", "regions"])
def test_the_layers_value_at_the_hand_is_computed_there(layer):
    loaded = resources.load("mnist")
    place = torch.tensor([[0.3, -0.7]])
    encoded = loaded.checkpoint.encoded.mean
    expected = {
        "uncertainty": lambda: fields.uncertainty(loaded.checkpoint.model, place),
        "stretch": lambda: fields.stretch(loaded.checkpoint.model, place),
        "density": lambda: KernelDensity(bandwidth=0.1).fit(encoded).score_samples(place),
        "regions": lambda: loaded.neighbours.vote(place)[0].share,
    }[layer]()
    app = page(z1="0.3", z2="-0.7", layer=layer)
    value = response(app)["value"]
    if layer == "density":
        expected = np.exp(expected.item())
    assert value == pytest.approx(float(expected), rel=1e-4)


def test_a_message_sent_before_the_hand_was_put_elsewhere_is_void():
    app = page()
    old = response(app)["revision"]
    app.query_params["z1"], app.query_params["z2"] = "1", "0"  # as going back does it
    app.run()
    say(app, number=9, z=[-1.0, -1.0], revision=old)
    assert response(app)["z"] == [1, 0]


def test_the_costs_of_a_clicked_digit_are_ranked_among_all():
    loaded = resources.load("mnist")
    images = resources.originals(loaded.checkpoint)
    assert images is not None
    kl = loaded.checkpoint.encoded.kl_to_prior().numpy()
    app = page()
    say(app, number=1, z=[0.0, 0.0], selected=17)
    selected_digit.costs_of_all(loaded, images, patience=None)
    say(app, number=2, z=[0.0, 0.0], selected=17)
    _, reconstruction, divergence = response(app)["selected"]["words"]
    below = int(percentileofscore(kl, kl[17], kind="strict"))
    assert f"KL {kl[17]:.2f} nats, {kl[17] / np.log(2):.1f} bits: more than {below}%" in divergence
    costs = selected_digit.costs_of_all(loaded, images).reconstruction
    assert f"Reconstruction {costs[17]:.1f} nats per binarised image: more than" in reconstruction
    assert costs.mean().item() == pytest.approx(
        loaded.checkpoint.metrics["reconstruction"], rel=1e-3
    )


def test_a_click_shows_the_original_without_any_data_set_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_DATA", str(tmp_path))
    app = page()
    say(app, number=1, z=[0.0, 0.0], selected=17)
    original = response(app)["selected"]["original"]
    assert b64decode(original) == sets.load_test("mnist").images[17].numpy().tobytes()


def test_a_device_that_is_not_there_is_explained(monkeypatch):
    monkeypatch.setenv("LATENT_ATLAS_DEVICE", "abacus")
    resources._load.clear()
    app = page()
    assert not app.exception
    assert "must be one of auto, cpu, cuda, mps, got 'abacus'" in app.error[0].value


def test_without_any_checkpoint_the_page_says_where_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    app = page()
    assert not app.exception
    assert "no model here yet" in app.info[0].value


def test_a_damaged_checkpoint_is_explained(tmp_path, monkeypatch):
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    app = page(ckpt="broken")
    assert not app.exception
    assert "is not a checkpoint: it has only 7 bytes" in app.error[0].value.replace("\\", "")
