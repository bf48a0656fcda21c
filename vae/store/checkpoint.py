"""One safe file for a model: its weights, the test set on its plane, and how it was made.

The file is safetensors: numbers and one JSON header, no code. It may come from a stranger, so
`vae.store.header` judges the header against the model it claims to hold before the numbers are
read; the numbers themselves are judged here.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from vae.config import LATENT, Config
from vae.errors import CheckpointError, ConfigError
from vae.files import write_atomically
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.store.header import FORMAT, KEY, check_layout, read_description, read_header

SUFFIX = ".safetensors"
MAX_FILE = 64 * 2**20


@dataclass(frozen=True)
class Checkpoint:
    """A trained model and what is known about it."""

    model: VAE
    config: Config
    encoded: Posterior  # the test set: mean (N, 2), log_var (N, 2), correlation (N,)
    labels: Tensor  # (N,) uint8, 0..9
    history: list[dict[str, Any]] = field(default_factory=list)  # one entry for each epoch
    metrics: dict[str, Any] = field(default_factory=dict)  # the report card, with its unit
    made: dict[str, Any] = field(default_factory=dict)  # when, how long, on what, which versions


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint so that a crash or a full disk leaves the file that was there.

    Raises:
        CheckpointError: if the disk refuses, or a figure of the model is not a number.
    """
    description = {
        "format": FORMAT,
        "config": checkpoint.config.as_dict(),
        "history": checkpoint.history,
        "metrics": checkpoint.metrics,
        "made": checkpoint.made,
    }
    try:
        metadata = {KEY: json.dumps(description, allow_nan=False)}
        write_atomically(path, safetensors.torch.save(_tensors(checkpoint), metadata))
    except ValueError as error:
        raise CheckpointError(
            f"{path.name} could not be saved: a figure of this model is not a number. "
            "Train it again with a smaller learning rate."
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"{path.name} could not be saved: {error.strerror or error}. "
            f"Make room in {path.parent} and try again; a file of that name is still as it was."
        ) from error


def _tensors(checkpoint: Checkpoint) -> dict[str, Tensor]:
    weights = checkpoint.model.state_dict()
    return {
        **{f"model.{name}": weight.float().cpu().contiguous() for name, weight in weights.items()},
        "encoded.mean": checkpoint.encoded.mean.float().cpu().contiguous(),
        "encoded.log_var": checkpoint.encoded.log_var.float().cpu().contiguous(),
        "encoded.correlation": checkpoint.encoded.correlation.float().cpu().contiguous(),
        "encoded.label": checkpoint.labels.to(torch.uint8).cpu().contiguous(),
    }


def load(path: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint that may come from a stranger.

    The model is in evaluation mode and its weights take no gradient.

    Raises:
        CheckpointError: if the file is missing, damaged or not what it claims to be.
    """
    content = _read(path)
    header = read_header(content, path.name)
    description = read_description(header, path.name)
    try:
        config = Config.from_dict(description["config"])
        with torch.device("meta"):  # the skeleton only: nothing is allocated for it
            model = VAE(config.model)
    except ConfigError as error:
        raise CheckpointError(f"{path.name} holds an impossible model: {error}") from error
    check_layout(header, model, path.name)
    tensors = _parse(content, path.name)
    _check_values(tensors, path.name)
    model = VAE(config.model).to(device)  # what is not learnt is computed, never read
    weights = {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
    model.load_state_dict(weights)
    model.eval().requires_grad_(False)
    _probe(model, path.name)
    return Checkpoint(
        model,
        config,
        Posterior(*(tensors[f"encoded.{part}"] for part in Posterior._fields)),
        tensors["encoded.label"],
        description["history"],
        description["metrics"],
        description["made"],
    )


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise CheckpointError(
                f"There is no checkpoint {path.name}; train one, or choose another."
            )
        if path.stat().st_size > MAX_FILE:
            raise CheckpointError(
                f"{path.name} is too large to be one of ours: at most {MAX_FILE >> 20} MB is "
                f"expected, it has {path.stat().st_size >> 20} MB."
            )
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _parse(content: bytes, name: str) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise CheckpointError(f"{name} is damaged: {error}.") from error


def _check_values(tensors: dict[str, Tensor], name: str) -> None:
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{name} has values in {key!r} that are not finite numbers.")
    if tensors["encoded.correlation"].abs().max() >= 1:
        raise CheckpointError(f"{name} has correlations that are not between -1 and 1.")
    if tensors["encoded.label"].max() > 9:
        raise CheckpointError(f"{name} has labels that are not digits 0 to 9.")


def _probe(model: VAE, name: str) -> None:
    """Finite weights may still be so large that nothing they compute is finite."""
    with torch.inference_mode():
        middle = torch.zeros(1, LATENT, device=model.device)
        logits = model.logits(middle)
        posterior = model.posterior(torch.ones_like(logits))
    if not all(torch.isfinite(value).all() for value in (logits, *posterior)):
        raise CheckpointError(f"{name} has weights with which nothing can be computed.")
