"""The header of a checkpoint that may come from a stranger, judged before anything is allocated.

A safetensors file is a size, a header of JSON and then numbers. The header says what each tensor
is and where it lies, and has room for a description of our own. safetensors itself accepts
duplicate keys, NaN among the figures, foreign tensors and headers of many megabytes; here none of
them passes.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from vae import strict_json
from vae.config import LATENT
from vae.errors import CheckpointError
from vae.strict_json import is_number

SUFFIX = ".safetensors"
FORMAT = 2
KEY = "latent_atlas"  # the one entry of the header's metadata, a JSON value
MAX_HEADER = 2**20
MAX_POINTS = 100_000
TEXTS = ("unit", "dataset", "device")  # of the report card; all else in it are numbers
NUMBERS = ("seconds", "threads", "train_images", "test_images")  # of how it was made
TABLES = {
    "integration": ("points", "step", "change"),
    "knn": ("1", "5"),
    "knn_exact": ("1", "5"),
}


def read_header(start: bytes, length: int, name: str) -> dict[str, Any]:
    """The header of a file: what each tensor is and where it lies, and the description as text.

    Args:
        start: the first 8 + `MAX_HEADER` bytes of the file, or more of it.
        length: of the whole file, in bytes.
        name: of the file, for a person.

    Raises:
        CheckpointError: if the header is damaged, too large, or does not fit the rest of the file.
    """
    if len(start) < 8:
        raise CheckpointError(f"{name} is not a checkpoint: it has only {length} bytes.")
    (size,) = struct.unpack("<Q", start[:8])
    if size > MAX_HEADER:
        raise CheckpointError(
            f"{name} is not one of our checkpoints: its header claims {size:,} bytes, "
            f"at most {MAX_HEADER:,} is expected."
        )
    if size > length - 8:
        raise CheckpointError(f"{name} is cut off inside its header: copy or download it again.")
    header = _strict_json(start[8 : 8 + size], name)
    _check_extent(header, length - 8 - size, name)
    return header


def _strict_json(text: bytes | str, name: str) -> dict[str, Any]:
    try:
        value = strict_json.parse(text)
    except ValueError as error:
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


def read_description(header: dict[str, Any], name: str) -> dict[str, Any]:
    """What the file says of its model: config, history, metrics and made; see `Checkpoint`.

    The configuration is a table, but not yet one that `Config` has accepted.

    Raises:
        CheckpointError: if there is none, or it is of another version or not of its known shape.
    """
    metadata = header.get("__metadata__")
    if not isinstance(metadata, Mapping) or not isinstance(metadata.get(KEY), str):
        raise CheckpointError(f"{name} is a safetensors file, but not one of our checkpoints.")
    description = _strict_json(metadata[KEY], name)
    if description.get("format") != FORMAT:
        raise CheckpointError(
            f"{name} has format {description.get('format')!r:.20}; this version reads format "
            f"{FORMAT}. Train it again, or update Latent Atlas."
        )
    kinds = {"config": dict, "history": list, "metrics": dict, "made": dict}
    for key, kind in kinds.items():
        if not isinstance(description.get(key), kind):
            raise CheckpointError(f"{name} lacks its {key!r}.")
    _check_metrics(description["metrics"], name)
    _check_made(description["made"], name)
    if not all(
        isinstance(e, dict) and all(map(is_number, e.values())) for e in description["history"]
    ):
        raise CheckpointError(f"{name} has a history that is not a list of figures.")
    return description


def _check_metrics(metrics: dict[str, Any], name: str) -> None:
    """The report card: numbers, but for the tables of `vae.evaluate` and a few texts."""
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
            fits = is_number(value)
        if not fits:
            raise CheckpointError(f"{name} has a figure that is not a number: {key!r:.40}.")


def _check_made(made: dict[str, Any], name: str) -> None:
    """How a model was made: known numbers are numbers, and all else is short text."""
    for key, value in made.items():
        if key in NUMBERS:
            fits = is_number(value)
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
        and all(map(is_number, table.values()))
    )


def check_layout(header: dict[str, Any], weights: Mapping[str, Sequence[int]], name: str) -> None:
    """Check that a file has the tensors of a model and of an encoded test set, and no others.

    Args:
        header: as `read_header` gives it.
        weights: the shape of each weight of the model that the file claims to hold.
        name: of the file, for a person.

    Raises:
        CheckpointError: if not, naming a tensor that is missing, foreign or of another shape.
    """
    claimed = {
        key: (tensor.get("dtype"), tensor.get("shape"))
        for key, tensor in header.items()
        if key != "__metadata__"
    }
    points = (claimed.get("encoded.label", (None, []))[1] or [0])[0]
    if not 1 <= points <= MAX_POINTS:
        raise CheckpointError(f"{name} must hold 1 to {MAX_POINTS:,} encoded images, got {points}.")
    expected = {f"model.{key}": ("F32", list(shape)) for key, shape in weights.items()}
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
