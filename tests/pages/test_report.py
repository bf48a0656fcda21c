import re
from dataclasses import replace

import pytest

from tests.support.sessions import cold
from vae import library
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
