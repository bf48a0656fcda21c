"""JSON from strangers: read as the standard has it, and nothing beyond."""

import json
from math import isfinite
from typing import Any


def parse(text: bytes | str) -> Any:
    """The value of a JSON text.

    Python's own reader takes NaN, and the last of two values with the same name. A number may still
    be too large for a float, as 1e999 is, which reads as infinity: see `is_number`.

    Raises:
        ValueError: if it is not JSON, nested too deeply, or has NaN or a name twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("the same key stands there twice")
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def is_number(value: object) -> bool:
    """Whether a value is a finite number, which True is not."""
    # A whole number of four hundred digits is finite, but no float.
    try:
        return not isinstance(value, bool) and isinstance(value, int | float) and isfinite(value)
    except OverflowError:
        return False
