"""A model as two ONNX files, for programs that have no PyTorch."""

from pathlib import Path

import torch
from torch import Tensor, nn

from vae.errors import CheckpointError
from vae.model import VAE


class _Decoder(nn.Module):
    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.model = model

    def forward(self, z: Tensor) -> Tensor:
        return self.model.likelihood.mean(self.model.logits(z))


class _Encoder(nn.Module):
    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_var, correlation = self.model.posterior(images)
        return mean, log_var, correlation


def export(model: VAE, folder: Path) -> list[Path]:
    """Write encoder.onnx and decoder.onnx, each for any number of images at once.

    The decoder takes z (N, 2) and gives images (N, side, side), the mean of each pixel in [0, 1].
    The encoder takes images (N, side, side) in [0, 1], binarised where the model was trained on
    binarised pixels, and gives mean (N, 2), log_var (N, 2) and correlation (N,) of q(z|x).

    Args:
        folder: made where it is missing.

    Returns:
        The files that were written.

    Raises:
        CheckpointError: if the packages onnx and onnxscript are missing, or the disk refuses.
    """
    side = model.config.side
    parts = {
        "encoder": (_Encoder(model), "images", (side, side), ("mean", "log_var", "correlation")),
        "decoder": (_Decoder(model), "z", (2,), ("images",)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(folder / f"{name}.onnx", *part) for name, part in parts.items()]
    except ImportError as error:
        raise CheckpointError(
            f"Writing ONNX needs the package {error.name}: pip install onnx onnxscript."
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"{folder} could not be written: {error.strerror or error}. Name another folder."
        ) from error


def _write(
    path: Path, part: nn.Module, given: str, shape: tuple[int, ...], made: tuple[str, ...]
) -> Path:
    example = torch.full((2, *shape), 0.5)
    torch.onnx.export(
        part.cpu().eval(),
        (example,),
        path,
        input_names=[given],
        output_names=list(made),
        dynamic_shapes=({0: torch.export.Dim("N")},),
        dynamo=True,
        external_data=False,  # one file, whatever its size
        verbose=False,
    )
    return path
