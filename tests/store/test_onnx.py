import json

import numpy as np
import pytest
import torch

from vae.__main__ import main
from vae.config import ModelConfig
from vae.errors import CheckpointError
from vae.model import VAE
from vae.store import onnx

runtime = pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.filterwarnings("default")  # what the exporter says of itself
SMALL = {"encoder_widths": (16,), "encoder_channels": (4, 6), "decoder_channels": (6, 4)}
MODELS = (
    ModelConfig(head="cells", cells=64, covariance="full", frequencies=8, **SMALL),
    ModelConfig(encoder="conv", decoder="conv", decoder_widths=(8,), activation="relu", **SMALL),
)


@pytest.mark.parametrize("config", MODELS, ids=["residual, cells", "convolutions"])
def test_onnx_gives_what_pytorch_gives_for_any_number_of_images(config, tmp_path):
    torch.manual_seed(0)
    model = VAE(config).eval()
    assert [path.name for path in onnx.export(model, tmp_path / "new")] == [
        "encoder.onnx",
        "decoder.onnx",
    ]
    encoder, decoder = (
        runtime.InferenceSession(tmp_path / "new" / f"{part}.onnx")
        for part in ("encoder", "decoder")
    )
    side = model.config.side
    for count in (1, 5):
        images, z = torch.rand(count, side, side), torch.randn(count, 2)
        with torch.inference_mode():
            expected = model.posterior(images), model.likelihood.mean(model.logits(z))
        found = encoder.run(list(expected[0]._fields), {"images": images.numpy()})
        for part, other in zip(found, expected[0], strict=True):
            assert np.allclose(part, other.numpy(), atol=1e-4)
        (drawn,) = decoder.run(["images"], {"z": z.numpy()})
        assert np.allclose(drawn, expected[1].numpy(), atol=1e-5)


def test_the_command_names_the_files_it_wrote(trained, tmp_path, capsys):
    assert main(["export", str(trained.checkpoint), "--onnx", str(tmp_path), "--json"]) == 0
    files = [str(tmp_path / f"{part}.onnx") for part in ("encoder", "decoder")]
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"files": files}
    assert all(runtime.InferenceSession(file).get_inputs() for file in files)


def test_a_folder_that_cannot_be_made_is_said(model, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="could not be written"):
        onnx.export(model, tmp_path / "file" / "folder")
