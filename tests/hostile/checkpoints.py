"""Checkpoints that strangers may leave in the folder, made by code from a good one."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import torch

from tests.support.stranger import joined, parts, with_card, with_tensor
from vae.store.header import KEY


def checkpoints(good: bytes) -> Iterator[tuple[str, bytes, bool | None]]:
    """Each as (what it is, its bytes, whether it can be opened; None where either will do)."""
    yield "as it was", good, True
    yield from files(good)
    yield from headers(good)
    yield from tensors(good)
    yield from numbers(good)
    yield from descriptions(good)
    yield from configurations(good)


def files(good: bytes) -> Iterator[tuple[str, bytes, bool | None]]:
    """Something else, or not all of it."""
    yield "nothing", b"", False
    yield "seven bytes", good[:7], False
    for share in (0.001, 0.1, 0.5, 0.99):
        yield f"{share:.1%} of it", good[: int(share * len(good))], False
    yield "one byte less", good[:-1], False
    yield "one byte more", good + b"\0", False
    yield "twice", good + good, False
    yield "a pickle", b"\x80\x04cos\nsystem\n(S'true'\ntR.", False
    yield "a ZIP as torch.save writes", b"PK\3\4" + bytes(5000), False
    yield "HTML", b"<!doctype html>" * 99, False
    yield "noise", torch.randint(0, 256, (9000,), dtype=torch.uint8).numpy().tobytes(), False
    yield "65 MB", bytes(65 * 2**20 + 1), False


def headers(good: bytes) -> Iterator[tuple[str, bytes, bool | None]]:
    """Headers that are none, or cost much."""
    header, body = parts(good)
    text = json.dumps(header).encode()
    for size in (0, 1, 2**20 + 1, 2**31, 2**63, 2**64 - 1):
        yield f"a header that claims {size} bytes", size.to_bytes(8, "little") + good[8:], False
    for name, content in {
        "empty": b"",
        "a list": b"[]",
        "a text": b'"header"',
        "null": b"null",
        "cut": text[:-5],
        "of UTF-16": json.dumps(header).encode("utf-16"),
        "that is no UTF-8": b'{"\xff": 1}',
        "nested 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "of 100,000 lists": b"[" * 100_000,
        "with a number of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
        "with NaN": b'{"a": NaN}',
        "with a key twice": text[:-1] + b', "encoded.label": {}}',
        "of 100,000 keys": json.dumps({str(n): 0 for n in range(60_000)}).encode(),
        "with half of a character": b'{"\\ud800": 1}',
    }.items():
        yield f"a header {name}", joined(content, body), False
    yield "a header with spaces", joined(text + b" " * 5000, body), None


def tensors(good: bytes) -> Iterator[tuple[str, bytes, bool | None]]:
    """Tensors that are described as they cannot be."""

    def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
        header, body = parts(good)
        change(header)
        return joined(header, body)

    header, body = parts(good)
    first = next(name for name in header if name.startswith("model."))
    for name, entry in {
        "none": None,
        "a list": [],
        "without a type": {"shape": [1], "data_offsets": [0, 4]},
        "of an unknown type": {**header[first], "dtype": "F31"},
        "of half precision": {**header[first], "dtype": "F16"},
        "of a negative shape": {**header[first], "shape": [-1, -4]},
        "of a huge shape": {**header[first], "shape": [2**39, 2**39]},
        "of 10,000 dimensions": {**header[first], "shape": [1] * 10_000},
        "of a shape in fractions": {**header[first], "shape": [1.5]},
        "of a shape that is true": {**header[first], "shape": [True]},
        "that ends before it begins": {**header[first], "data_offsets": [8, 0]},
        "that begins beyond": {**header[first], "data_offsets": [2**39, 2**39 + 4]},
        "with three ends": {**header[first], "data_offsets": [0, 4, 8]},
        "with more than that": {**header[first], "code": "import os"},
    }.items():
        yield f"a tensor {name}", changed(lambda h, e=entry: h.update({first: e})), False
    label = header["encoded.label"]
    yield (
        "tensors over one another",
        changed(lambda h: h["encoded.mean"].update(data_offsets=label["data_offsets"])),
        False,
    )
    yield "a gap between tensors", joined(header, body + bytes(64)), False
    yield "a foreign tensor", with_tensor(good, "model.foreign", torch.zeros(3)), False
    yield "a missing tensor", with_tensor(good, first, None), False
    yield "a tensor with a path for a name", with_tensor(good, "../../x", torch.zeros(1)), False
    many = {f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(9000)}
    yield "9,000 empty tensors", changed(lambda h: h.update(many)), False
    yield "no encoded images", with_tensor(good, "encoded.label", torch.zeros(0).byte()), False
    points = torch.zeros(100_001, dtype=torch.uint8)
    yield "100,001 encoded images", with_tensor(good, "encoded.label", points), False


def numbers(good: bytes) -> Iterator[tuple[str, bytes, bool | None]]:
    """Numbers with which nothing can be computed, or drawn."""
    header, _ = parts(good)
    first = next(name for name in header if name.startswith("model."))
    shapes = {name: header[name]["shape"] for name in header if name != "__metadata__"}
    for name, value, opens in (
        (first, float("nan"), False),
        (first, float("inf"), False),
        (first, 3e38, False),
        ("encoded.mean", float("nan"), False),
        ("encoded.mean", float("-inf"), False),
        ("encoded.mean", 1e30, None),
        ("encoded.log_var", float("nan"), False),
        ("encoded.log_var", 1e30, None),
        ("encoded.correlation", 1.0, False),
        ("encoded.correlation", float("nan"), False),
    ):
        full = torch.full(shapes[name], value)
        yield f"{name} = {value}", with_tensor(good, name, full), opens
    labels = torch.full(shapes["encoded.label"], 10, dtype=torch.uint8)
    yield "labels of ten", with_tensor(good, "encoded.label", labels), False


def descriptions(good: bytes) -> Iterator[tuple[str, bytes, bool | None]]:
    """What a file may say of itself."""

    def changed(**fields: object) -> bytes:
        return with_card(good, lambda card: card.update(fields))

    header, body = parts(good)
    for name, metadata in {
        "none": {},
        "of another program": {"format": "pt"},
        "that is no JSON": {KEY: "{"},
        "that is a list": {KEY: "[]"},
        "nested deeply": {KEY: "[" * 100_000},
    }.items():
        yield f"a description {name}", joined({**header, "__metadata__": metadata}, body), False
    for version in (0, 1, 3, "2", None, 1e999, [2]):
        yield f"format {version!r}", changed(format=version), False
    card = json.loads(header["__metadata__"][KEY])
    for name, fields in {
        "no report card": {"metrics": {}},
        "figures that are text": {"metrics": {**card["metrics"], "elbo": "<b>-99</b>"}},
        "a figure of 400 digits": {"metrics": {**card["metrics"], "elbo": 10**400}},
        "figures that are tables": {"metrics": {**card["metrics"], "elbo": {"a": 1}}},
        "a history of text": {"history": ["<script>"]},
        "a history that is a table": {"history": {}},
        "a maker of 100,000 letters": {"made": {"device": "x" * 100_000}},
        "a maker that is a table": {"made": {"device": {}}},
        "no configuration": {"config": None},
    }.items():
        yield name, changed(**fields), False
    script = {**card["made"], "device": "<script>alert(1)</script>"}
    yield "a maker with a script", changed(made=script), True


def configurations(good: bytes) -> Iterator[tuple[str, bytes, bool | None]]:
    """Models that cannot be, or that would not fit into memory."""
    for field, value in {
        "decoder_widths": [2**40],
        "encoder_widths": [1] * 100_000,
        "side": -28,
        "likelihood": "__import__('os')",
        "decoder": ["dense"],
        "cells": 10**12,
        "frequencies": 10**9,
        "deviation": 0,
        "activation": "x" * 5000,
        "unknown": 1,
    }.items():

        def change(card: dict[str, Any], field: str = field, value: object = value) -> None:
            card["config"]["model"][field] = value

        yield f"{field} of {str(value)[:30]}", with_card(good, change), False
