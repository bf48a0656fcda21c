"""One safe file for a model: its weights, the test set on its plane, and how it was made.

The file is safetensors: numbers and one JSON header, no code. It may come from a stranger, and
safetensors itself accepts duplicate keys, NaN, foreign tensors and headers of many megabytes; so
the header is read and judged here, against the model it claims to hold, before anything is
allocated for it.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from vae.config import LATENT, Config
from vae.errors import CheckpointError, ConfigError
from vae.files import write_atomically
from vae.model import VAE
from vae.posterior import Posterior

FORMAT = 2
SUFFIX = ".safetensors"
KEY = "latent_atlas"  # the one entry of the header's metadata, a JSON value
MAX_FILE = 64 * 2**20
MAX_HEADER = 2**20
MAX_POINTS = 100_000
TEXTS = ("unit", "dataset", "device")  # of the report card; all else in it are numbers
NUMBERS = ("seconds", "threads", "train_images", "test_images")  # of how it was made
TABLES = {
    "integration": ("points", "step", "change"),
    "knn": ("1", "5"),
    "knn_exact": ("1", "5"),
}


@dataclass(frozen=True)
class Checkpoint:
    """A trained model and what is known about it."""

    model: VAE
    config: Config
    encoded: Posterior  # the test set: mean (N, 2), log_var (N, 2), correlation (N,)
    labels: Tensor  # (N,) uint8, 0..9
    history: list[dict[str, Any]] = field(default_factory=list)  # one entry for each epoch
    metrics: dict[str, Any] = field(default_factory=dict)  # the report card, with its unit
    made: dict[str, Any] = field(
        default_factory=dict
    )  # when, how long, on what, with which versions


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint so that a crash or a full disk leaves the file that was there.

    Raises:
        CheckpointError: if the disk refuses.
    """
    card = {
        "format": FORMAT,
        "config": checkpoint.config.as_dict(),
        "history": checkpoint.history,
        "metrics": checkpoint.metrics,
        "made": checkpoint.made,
    }
    try:
        metadata = {KEY: json.dumps(card, allow_nan=False)}
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
    header = _header(content, path.name)
    card = _card(header, path.name)
    try:
        config = Config.from_dict(card["config"])
        with torch.device("meta"):  # the skeleton only: nothing is allocated for it
            model = VAE(config.model)
    except ConfigError as error:
        raise CheckpointError(f"{path.name} holds an impossible model: {error}") from error
    _check_layout(header, model, path.name)
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
        card["history"],
        card["metrics"],
        card["made"],
    )


def _probe(model: VAE, name: str) -> None:
    """Finite weights may still be so large that nothing they compute is finite."""
    with torch.inference_mode():
        middle = torch.zeros(1, LATENT, device=model.device)
        logits = model.logits(middle)
        posterior = model.posterior(torch.ones_like(logits))
    if not all(torch.isfinite(value).all() for value in (logits, *posterior)):
        raise CheckpointError(f"{name} has weights with which nothing can be computed.")


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


def _header(content: bytes, name: str) -> dict[str, Any]:
    if len(content) < 8:
        raise CheckpointError(f"{name} is not a checkpoint: it has only {len(content)} bytes.")
    (size,) = struct.unpack("<Q", content[:8])
    if size > MAX_HEADER:
        raise CheckpointError(
            f"{name} is not one of our checkpoints: its header claims {size:,} bytes, "
            f"at most {MAX_HEADER:,} is expected."
        )
    if size > len(content) - 8:
        raise CheckpointError(f"{name} is cut off inside its header: copy or download it again.")
    header = _strict_json(content[8 : 8 + size], name)
    _check_extent(header, len(content) - 8 - size, name)
    return header


def _strict_json(text: bytes | str, name: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("the same key stands there twice")
        return dict(pairs)

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number")

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} has a header that cannot be trusted: {error}.") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{name} has a header that is not a table of tensors.")
    return value


def _check_extent(header: dict[str, Any], size: int, name: str) -> None:
    tensors = [tensor for key, tensor in header.items() if key != "__metadata__"]
    if not all(_is_tensor(tensor) for tensor in tensors):
        raise CheckpointError(f"{name} has a tensor without type, shape or place in the file.")
    end = max((tensor["data_offsets"][1] for tensor in tensors), default=0)
    if end != size:
        raise CheckpointError(
            f"{name} is cut off or has been added to: {end:,} bytes of numbers were expected, "
            f"{size:,} came. Copy or download it again."
        )


def _is_tensor(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() == {"dtype", "shape", "data_offsets"}
        and isinstance(entry["dtype"], str)
        and _are_counts(entry["shape"])
        and _are_counts(entry["data_offsets"])
        and len(entry["data_offsets"]) == 2
    )


def _are_counts(values: object) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 2**40 for v in values)


def _card(header: dict[str, Any], name: str) -> dict[str, Any]:
    metadata = header.get("__metadata__")
    if not isinstance(metadata, Mapping) or not isinstance(metadata.get(KEY), str):
        raise CheckpointError(f"{name} is a safetensors file, but not one of our checkpoints.")
    card = _strict_json(metadata[KEY], name)
    if card.get("format") != FORMAT:
        raise CheckpointError(
            f"{name} has format {card.get('format')!r:.20}; this version reads format {FORMAT}. "
            "Train it again, or update Latent Atlas."
        )
    kinds = {"config": dict, "history": list, "metrics": dict, "made": dict}
    for key, kind in kinds.items():
        if not isinstance(card.get(key), kind):
            raise CheckpointError(f"{name} lacks its {key!r}.")
    _check_metrics(card["metrics"], name)
    _check_made(card["made"], name)
    if not all(isinstance(e, dict) and all(map(_is_number, e.values())) for e in card["history"]):
        raise CheckpointError(f"{name} has a history that is not a list of figures.")
    return card


def _check_metrics(metrics: dict[str, Any], name: str) -> None:
    """The report card: numbers, but for the tables that `vae.card` puts there and a few texts."""
    if missing := {"elbo", "reconstruction", "kl"} - metrics.keys():
        raise CheckpointError(f"{name} lacks the figure {min(missing)!r}.")
    if ("knn" in metrics) != ("knn_exact" in metrics):
        raise CheckpointError(f"{name} has only one of the two tables of neighbours.")
    for key, value in metrics.items():
        if key in TEXTS:
            fits = _is_text(value)
        elif key == "units":
            fits = isinstance(value, dict) and all(map(_is_text, value.values()))
        elif key == "few_labels":
            fits = isinstance(value, dict) and all(_has(row, "1", "5") for row in value.values())
        elif key in TABLES:
            fits = _has(value, *TABLES[key])
        else:
            fits = _is_number(value)
        if not fits:
            raise CheckpointError(f"{name} has a figure that is not a number: {key!r:.40}.")


def _check_made(made: dict[str, Any], name: str) -> None:
    """How a model was made: known numbers are numbers, and all else is short text."""
    for key, value in made.items():
        if key in NUMBERS:
            fits = _is_number(value)
        elif key == "versions":
            fits = isinstance(value, dict) and all(map(_is_text, value.values()))
        else:
            fits = _is_text(value)
        if not fits:
            raise CheckpointError(f"{name} does not say plainly how it was made: {key!r:.40}.")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) < 100


def _has(table: object, *columns: str) -> bool:
    return (
        isinstance(table, dict)
        and table.keys() == set(columns)
        and all(map(_is_number, table.values()))
    )


def _is_number(value: object) -> bool:
    # A JSON number may be 1e999, which reads as infinity.
    try:
        return not isinstance(value, bool) and isinstance(value, int | float) and isfinite(value)
    except OverflowError:  # a whole number of four hundred digits
        return False


def _check_layout(header: dict[str, Any], model: VAE, name: str) -> None:
    claimed = {
        key: (tensor.get("dtype"), tensor.get("shape"))
        for key, tensor in header.items()
        if key != "__metadata__"
    }
    points = (claimed.get("encoded.label", (None, []))[1] or [0])[0]
    if not 1 <= points <= MAX_POINTS:
        raise CheckpointError(f"{name} must hold 1 to {MAX_POINTS:,} encoded images, got {points}.")
    expected = {f"model.{key}": ("F32", list(w.shape)) for key, w in model.state_dict().items()}
    expected["encoded.mean"] = expected["encoded.log_var"] = ("F32", [points, LATENT])
    expected["encoded.correlation"] = ("F32", [points])
    expected["encoded.label"] = ("U8", [points])
    for key in claimed.keys() | expected.keys():
        if claimed.get(key) != expected.get(key):
            raise CheckpointError(
                f"{name} does not hold the model it describes: {key!r:.80} should be "
                f"{_words(expected.get(key))}, got {_words(claimed.get(key))}."
            )


def _words(tensor: tuple[Any, Any] | None) -> str:
    if tensor is None:
        return "absent"
    return f"{tensor[0]!s:.10} of shape {tensor[1]!s:.60}"


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
