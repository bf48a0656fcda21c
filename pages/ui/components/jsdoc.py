"""Constants and types of a Python module, written for JavaScript as constants and JSDoc types."""

import json
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

SIMPLE = {int: "number", float: "number", str: "string", bool: "boolean", NoneType: "null"}


def module(names: Mapping[str, Any], types: Mapping[str, Any]) -> str:
    """The module's constants in capitals, its TypedDicts and its named choices.

    Args:
        names: what the module defines.
        types: of its constants, where a plain value does not tell.
    """
    parts = ["".join(_constant(n, v, types.get(n)) for n, v in names.items() if n.isupper())]
    parts += [_choice(n, v) for n, v in names.items() if get_origin(v) in (Literal, tuple)]
    parts += [_structure(v) for v in names.values() if is_typeddict(v)]
    return "\n".join(parts)


def _constant(name: str, value: Any, hint: Any) -> str:
    plain = value._asdict() if hasattr(value, "_asdict") else value
    kind = f"/** @type {{{_type(hint)}}} */\n" if hint else ""
    return f"{kind}export const {name} = {json.dumps(plain)};\n"


def _choice(name: str, value: Any) -> str:
    return f"/** @typedef {{{_type(value)}}} {name} */\n"


def _structure(structure: Any) -> str:
    fields = get_type_hints(structure, include_extras=True)
    lines = [f" * {line}".rstrip() for line in (structure.__doc__ or "").strip().splitlines()]
    lines.append(f" * @typedef {{object}} {structure.__name__}")
    lines += [f" * @property {_field(name, hint)}" for name, hint in fields.items()]
    return "\n".join(["/**", *lines, " */", ""])


def _field(name: str, hint: Any) -> str:
    if get_origin(hint) is NotRequired:
        return f"{{{_type(get_args(hint)[0])}}} [{name}]"
    return f"{{{_type(hint)}}} {name}"


def _type(hint: Any) -> str:
    origin, args = get_origin(hint), get_args(hint)
    if hint in SIMPLE:
        return SIMPLE[hint]
    if is_typeddict(hint):
        return hint.__name__
    if origin is Literal:
        return " | ".join(json.dumps(value) for value in args)
    if origin in (Union, UnionType):
        return " | ".join(_type(arg) for arg in args)
    if origin is list:
        return f"Array<{_type(args[0])}>"
    if origin is dict:
        return f"Record<{_type(args[0])}, {_type(args[1])}>"
    if origin is tuple:
        return f"[{', '.join(_type(arg) for arg in args)}]"
    raise TypeError(f"no type of JavaScript's is known for {hint}")
