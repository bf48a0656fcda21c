import resource
import subprocess
import sys
from dataclasses import replace
from math import nan

import pytest
import torch

from tests.support.disk import most_memory
from tests.support.stranger import joined, parts, told, with_card, with_tensor
from vae import library
from vae.codec import decode, encode
from vae.config import Config, ModelConfig, TrainConfig
from vae.errors import CheckpointError
from vae.model import VAE
from vae.store import checkpoint


def test_a_saved_checkpoint_comes_back_whole(small, tmp_path, digits):
    path = tmp_path / "again.safetensors"
    checkpoint.save(small, path)
    again = checkpoint.load(path)
    assert again.config == small.config
    assert again.history == small.history
    assert again.metrics == small.metrics
    assert again.made == small.made
    assert torch.equal(again.encoded.mean, small.encoded.mean)
    assert torch.equal(again.labels, digits.test.labels)
    z = torch.randn(5, 2)
    assert torch.equal(decode(again.model, z), decode(small.model, z))


def test_the_encoded_test_set_inside_is_what_the_model_says(small, digits):
    posterior = encode(small.model, digits.test.images)
    assert torch.allclose(posterior.mean, small.encoded.mean, atol=1e-4)
    assert torch.allclose(posterior.log_var, small.encoded.log_var, atol=1e-4)


def test_a_loaded_model_is_frozen(small):
    assert not small.model.training
    assert not any(weight.requires_grad for weight in small.model.parameters())


def test_values_that_are_not_numbers_are_refused(small, good, tmp_path):
    name, weight = next(iter(small.model.state_dict().items()))
    broken = torch.full_like(weight, float("nan"))
    message = told(tmp_path, with_tensor(good, f"model.{name}", broken))
    assert f"values in 'model.{name}' that are not finite" in message


def test_labels_beyond_nine_are_refused(small, good, tmp_path):
    labels = torch.full_like(small.labels, 10)
    assert "labels that are not digits" in told(
        tmp_path, with_tensor(good, "encoded.label", labels)
    )


def test_overlapping_tensors_are_refused(good, tmp_path):
    header, numbers = parts(good)
    start, end = header["encoded.mean"]["data_offsets"]
    header["encoded.log_var"]["data_offsets"] = [start, end]
    assert "is damaged" in told(tmp_path, joined(header, numbers))


def test_an_impossible_configuration_is_refused_before_anything_is_allocated(good, tmp_path):
    def enlarge(card):
        card["config"]["model"]["decoder_widths"] = [10**9]

    assert "decoder_widths must be a whole number" in told(tmp_path, with_card(good, enlarge))


def test_a_model_that_is_too_large_for_memory_is_refused_by_its_layout(good, tmp_path):
    def enlarge(card):
        card["config"]["model"].update(encoder_widths=[4096] * 8, decoder_widths=[4096] * 8)

    content = with_card(good, enlarge)  # its weights would take a gigabyte
    with most_memory(256 * 2**20):
        assert "does not hold the model it describes" in told(tmp_path, content)


def test_a_description_is_what_the_checkpoint_says_though_its_numbers_are_damaged(
    small, good, tmp_path
):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(with_tensor(good, "encoded.mean", torch.full_like(small.encoded.mean, nan)))
    with pytest.raises(CheckpointError, match="not finite"):
        checkpoint.load(path)
    found = checkpoint.describe(path)
    assert found == (small.config, small.history, small.metrics, small.made)


def test_a_file_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(checkpoint.MAX_FILE + 1)
    for opening in (checkpoint.load, checkpoint.describe):
        with pytest.raises(CheckpointError, match="too large to be one of ours"):
            opening(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(CheckpointError, match="There is no checkpoint"):
            checkpoint.load(path)


def test_weights_with_which_nothing_can_be_computed_are_refused(small, good, tmp_path):
    weights = small.model.state_dict()
    content = good
    for name in ("plane.bias", "out.weight"):
        huge = torch.full_like(weights[f"decoder.{name}"], 3e38)
        content = with_tensor(content, f"model.decoder.{name}", huge)
    assert "nothing can be computed" in told(tmp_path, content)


@pytest.mark.parametrize("beyond", [1.0, -1.0, 1.5, -1e30])
def test_correlations_of_one_or_beyond_are_refused(beyond, small, good, tmp_path):
    correlation = small.encoded.correlation.clone()
    correlation[3] = beyond
    message = told(tmp_path, with_tensor(good, "encoded.correlation", correlation))
    assert "correlations that are not between -1 and 1" in message


def test_what_is_not_learnt_is_not_in_the_file(tmp_path):
    config = Config(
        ModelConfig(
            encoder_widths=(8,), decoder_widths=(8,), head="cells", cells=16, frequencies=4
        ),
        TrainConfig(dataset="digits"),
    )
    torch.manual_seed(0)
    model = VAE(config.model).eval()
    images = torch.rand(3, 28, 28)
    with torch.no_grad():
        posterior = model.posterior(images)
    path = tmp_path / "cells.safetensors"
    figures = {"elbo": -1.0, "reconstruction": 1.0, "kl": 0.0}
    labels = torch.zeros(3, dtype=torch.uint8)
    checkpoint.save(checkpoint.Checkpoint(model, config, posterior, labels, [], figures), path)
    learnt = {f"model.{name}" for name, _ in model.named_parameters()}
    inside = {name for name in parts(path.read_bytes())[0] if name.startswith("model.")}
    assert inside == learnt
    again = checkpoint.load(path)
    assert torch.allclose(again.model.posterior(images).mean, posterior.mean, atol=1e-6)
    assert torch.equal(again.encoded.correlation, posterior.correlation)


def test_a_full_disk_leaves_the_old_file_and_says_what_to_do(small, tmp_path):
    path = tmp_path / "kept.safetensors"
    checkpoint.save(small, path)
    before = path.read_bytes()
    # The system itself refuses to let files grow beyond 50 kB, in a process of its own.
    script = (
        "import resource, signal, sys; from pathlib import Path; from vae.store import checkpoint\n"
        "from vae.errors import CheckpointError\n"
        "path = Path(sys.argv[1]); small = checkpoint.load(path)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, {resource.RLIM_INFINITY}))\n"
        "try: checkpoint.save(small, path)\n"
        "except CheckpointError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert "kept.safetensors could not be saved: File too large. Make room in" in done.stdout
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_is_only_looked_up_and_never_a_path(trained):
    for name in ("../../etc/passwd", str(trained.checkpoint), "", "mnist.safetensors"):
        with pytest.raises(CheckpointError, match="There is no checkpoint named"):
            library.find(name)


def test_figures_of_a_replaced_configuration_are_still_saved(small, tmp_path):
    changed = replace(small, metrics={"elbo": -1.0, "reconstruction": 1.0, "kl": 0.0})
    checkpoint.save(changed, tmp_path / "x.safetensors")
    assert checkpoint.load(tmp_path / "x.safetensors").metrics == changed.metrics
