"""One safe file for a model: its weights, the test set on its plane, and how it was made.

The file is safetensors: numbers and one JSON header, no code. It may come from a stranger, so
`vae.store.header` judges the header against the model it claims to hold before the numbers are
read; the numbers themselves are judged here.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vae.config import LATENT, Config
from vae.errors import CheckpointError, ConfigError
from vae.files import write_atomically
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.store.header import (
    FORMAT,
    KEY,
    MAX_HEADER,
    check_layout,
    read_description,
    read_header,
)

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


class Description(NamedTuple):
    """What a checkpoint says of its model; see `Checkpoint`."""

    config: Config
    history: list[dict[str, Any]]
    metrics: dict[str, Any]
    made: dict[str, Any]


def describe(path: Path) -> Description:
    """Read what a checkpoint says of its model, and none of its numbers.

    Raises:
        CheckpointError: if the file is missing, or its header says that `load` would refuse it.
    """
    start, size = _read(path, 8 + MAX_HEADER)
    return _judge(start, size, path.name)[0]


def load(path: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint that may come from a stranger.

    The model is in evaluation mode and its weights take no gradient.

    Raises:
        CheckpointError: if the file is missing, damaged or not what it claims to be.
    """
    return parse(_read(path)[0], path.name, device)


def parse(content: bytes, name: str, device: torch.device | str = "cpu") -> Checkpoint:
    """As `load`, of a file that is in memory.

    Args:
        name: of the file, for a person.

    Raises:
        CheckpointError: if the file is damaged or not what it claims to be.
    """
    description, model = _judge(content, len(content), name)
    tensors = _parse(content, name)
    _check_values(tensors, name)
    # Clones, because safetensors' memory is not aligned as torch aligns its own.
    prefix = "model."
    weights = {k[len(prefix) :]: v.clone() for k, v in tensors.items() if k.startswith(prefix)}
    model.load_state_dict(weights, assign=True)
    model.to(device).eval().requires_grad_(False)
    _probe(model, name)
    encoded = Posterior(*(tensors[f"encoded.{part}"] for part in Posterior._fields))
    return Checkpoint(
        model, encoded=encoded, labels=tensors["encoded.label"], **description._asdict()
    )


def _read(path: Path, count: int = -1) -> tuple[bytes, int]:
    """The first bytes of a file, or all of it, and how many it has."""
    try:
        if not path.is_file():
            raise CheckpointError(
                f"There is no checkpoint {path.name}; train one, or choose another."
            )
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE:
                raise CheckpointError(
                    f"{path.name} is too large to be one of ours: at most {MAX_FILE >> 20} MB is "
                    f"expected, it has {size >> 20} MB."
                )
            return file.read(count), size
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _judge(start: bytes, size: int, name: str) -> tuple[Description, VAE]:
    """What the header says, once it is known to fit; and the model, its weights still to come."""
    header = read_header(start, size, name)
    told = read_description(header, name)
    try:
        config = Config.from_dict(told["config"])
        with _Skeleton():
            model = VAE(config.model)
    except ConfigError as error:
        raise CheckpointError(f"{name} holds an impossible model: {error}") from error
    check_layout(header, {key: w.shape for key, w in model.state_dict().items()}, name)
    return Description(config, told["history"], told["metrics"], told["made"]), model


class _Skeleton(TorchFunctionMode):
    """Where a model is built without memory for its weights, which are not initialised either.

    torch.nn makes them by torch.empty. All else is computed as ever, not on the meta device as
    under `torch.device("meta")`: arithmetic there imports torch's compiler, which takes seconds.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty:
            kwargs["device"] = "meta"
        elif getattr(func, "__module__", "") == nn.init.__name__:
            return kwargs["tensor"]
        return func(*args, **kwargs)


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
