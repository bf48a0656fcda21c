import json

import pytest

from tests.support.stranger import parts
from vae import front, library
from vae.store.header import KEY


def written(name):
    """What the file of a committed model says, read without this project's code for it."""
    header, _ = parts((library.COMMITTED / f"{name}.safetensors").read_bytes())
    return json.loads(header["__metadata__"][KEY])


def test_each_committed_model_stands_there_with_the_figures_of_its_file():
    found = {one.name: one for one in front.committed()}
    assert set(found) == {path.stem for path in library.COMMITTED.glob("*.safetensors")}
    for name, one in found.items():
        metrics = written(name)["metrics"]
        assert one.exact == metrics["exact_log_likelihood"]
        assert one.elbo == metrics["elbo"]
        assert one.accuracy == metrics["knn"]["5"]
        assert one.gap == pytest.approx(metrics["gap"])


def test_only_likelihoods_of_the_same_pixels_are_compared():
    found = front.committed()
    for one in found:
        config = written(one.name)["config"]["model"]
        for other in front.comparable(one, found):
            alike = written(other.name)["config"]["model"]
            for part in ("pixels", "side"):
                assert alike[part] == config[part]
            assert (alike["likelihood"] == "bernoulli") == (config["likelihood"] == "bernoulli")


def test_a_damaged_file_is_left_out(monkeypatch, tmp_path):
    (tmp_path / "conv.safetensors").write_bytes(b"no model")
    whole = library.COMMITTED / "mnist.safetensors"
    (tmp_path / "mnist.safetensors").symlink_to(whole)
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    assert [one.name for one in front.committed()] == ["mnist"]


def test_a_model_that_was_not_scored_has_no_figures_but_its_bound(small):
    bound = {name: small.metrics[name] for name in ("elbo", "reconstruction", "kl")}
    one = front.score("mine", small.config, bound)
    assert (one.exact, one.accuracy, one.gap) == (None, None, None)
    assert one.elbo == bound["elbo"]


def test_the_best_is_the_first_and_equals_share_a_place():
    assert front.rank(3.0, [1.0, 2.0, None]) == 1
    assert front.rank(2.0, [3.0, 2.0, None]) == 2
    assert front.rank(1.0, [3.0, 2.0, 1.0]) == 3
