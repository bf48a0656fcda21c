import contextlib
import json
import struct

import pytest
import safetensors.torch
import torch

from tests.support.stranger import joined, parts, told_by_header, with_card, with_tensor
from vae.errors import CheckpointError
from vae.store import checkpoint
from vae.store.header import KEY


def test_a_truncated_file_is_refused_wherever_it_was_cut(good, tmp_path):
    assert "only 5 bytes" in told_by_header(tmp_path, good[:5])
    assert "cut off inside its header" in told_by_header(tmp_path, good[:200])
    assert "cut off or has been added to" in told_by_header(tmp_path, good[:-1])
    assert "cut off or has been added to" in told_by_header(tmp_path, good + b"\0" * 8)


def test_a_foreign_tensor_is_refused_by_name(good, tmp_path):
    message = told_by_header(tmp_path, with_tensor(good, "model.backdoor", torch.zeros(3)))
    assert "'model.backdoor' should be absent, got F32 of shape [3]" in message


def test_a_missing_tensor_is_refused_by_name(good, tmp_path):
    message = told_by_header(tmp_path, with_tensor(good, "encoded.mean", None))
    assert "'encoded.mean' should be F32 of shape [360, 2], got absent" in message


def test_a_tensor_of_another_type_is_refused(small, good, tmp_path):
    halved = small.encoded.mean.half()
    assert "got F16" in told_by_header(tmp_path, with_tensor(good, "encoded.mean", halved))


def test_a_header_of_ten_megabytes_is_refused_unread(good, tmp_path):
    header, numbers = parts(good)
    header["__metadata__"]["padding"] = "x" * 10_000_000
    assert "its header claims 10," in told_by_header(tmp_path, joined(header, numbers))


def test_a_header_that_claims_more_than_memory_is_refused(tmp_path):
    content = struct.pack("<Q", 2**63 - 1) + b"{}"
    assert "at most 1,048,576 is expected" in told_by_header(tmp_path, content)


def test_duplicate_keys_are_refused(good, tmp_path):
    header, numbers = parts(good)
    text = json.dumps(header)[:-1] + ', "encoded.mean": ' + json.dumps(header["encoded.mean"]) + "}"
    assert "the same key stands there twice" in told_by_header(
        tmp_path, joined(text.encode(), numbers)
    )


def test_a_header_nested_too_deeply_is_refused(good, tmp_path):
    _, numbers = parts(good)
    text = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert "cannot be trusted" in told_by_header(tmp_path, joined(text, numbers))


@pytest.mark.parametrize("text", [b"[]", b"{", b'{"a": NaN}', b"\xff\xfe"])
def test_a_header_that_is_no_table_is_refused(text, good, tmp_path):
    _, numbers = parts(good)
    assert "has a header that" in told_by_header(tmp_path, joined(text, numbers))


def test_another_programs_safetensors_is_refused_as_such(tmp_path):
    content = safetensors.torch.save({"weight": torch.zeros(3)})
    assert "not one of our checkpoints" in told_by_header(tmp_path, content)


def test_a_later_format_is_refused_with_what_to_do(good, tmp_path):
    message = told_by_header(tmp_path, with_card(good, lambda card: card.update(format=99)))
    assert "has format 99; this version reads format 2" in message


def test_a_large_but_possible_skeleton_with_small_weights_is_refused(good, tmp_path):
    def enlarge(card):
        card["config"]["model"].update(decoder_widths=[4096] * 8)

    assert "does not hold the model it describes" in told_by_header(
        tmp_path, with_card(good, enlarge)
    )


@pytest.mark.parametrize("value", ["many", True, None, [1]])
def test_figures_that_are_not_numbers_are_refused(value, good, tmp_path):
    message = told_by_header(
        tmp_path, with_card(good, lambda card: card["metrics"].update(elbo=value))
    )
    assert "a figure that is not a number" in message


def test_an_infinite_figure_is_refused(good, tmp_path):
    header, numbers = parts(good)
    card = header["__metadata__"][KEY].replace('"metrics": {', '"metrics": {"x": 1e999, ')
    header["__metadata__"][KEY] = card
    assert "a figure that is not a number" in told_by_header(tmp_path, joined(header, numbers))


@pytest.mark.parametrize(
    "change",
    [
        {"data_offsets": [0, "5"]},
        {"data_offsets": [0, None]},
        {"data_offsets": [0, -8]},
        {"data_offsets": 5},
        {"shape": 5},
        {"shape": {"a": 1}},
        {"shape": [10**30]},
        {"dtype": None},
        {"extra": 1},
    ],
)
def test_a_tensor_described_in_nonsense_is_refused(change, good, tmp_path):
    header, numbers = parts(good)
    header["encoded.label"].update(change)
    assert "without type, shape or place" in told_by_header(tmp_path, joined(header, numbers))


@pytest.mark.parametrize("entry", [None, [], "text", 3])
def test_a_tensor_that_is_no_description_is_refused(entry, good, tmp_path):
    header, numbers = parts(good)
    header["encoded.label"] = entry
    assert "without type, shape or place" in told_by_header(tmp_path, joined(header, numbers))


def test_a_figure_of_four_hundred_digits_is_refused(good, tmp_path):
    message = told_by_header(
        tmp_path, with_card(good, lambda card: card["metrics"].update(elbo=10**400))
    )
    assert "a figure that is not a number" in message


def test_a_missing_figure_is_refused_by_name(good, tmp_path):
    message = told_by_header(tmp_path, with_card(good, lambda card: card["metrics"].pop("kl")))
    assert "lacks the figure 'kl'" in message


def test_a_missing_correlation_is_refused_by_name(good, tmp_path):
    message = told_by_header(tmp_path, with_tensor(good, "encoded.correlation", None))
    assert "'encoded.correlation' should be F32 of shape [360], got absent" in message


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("elbo", "high"),
        ("mse", "0.1"),
        ("unit", 3),
        ("unit", "x" * 100),
        ("device", {}),
        ("knn", 0.9),
        ("knn", {"1": 0.9}),
        ("knn", {"1": 0.9, "5": "0.9"}),
        ("knn", {"1": 0.9, "5": 0.9, "7": 0.9}),
        ("knn_exact", {"1": 0.9, "5": True}),
        ("integration", {"points": 1, "step": 0.1}),
        ("integration", {"points": 1, "step": 0.1, "change": None}),
        ("integration", [1, 2, 3]),
        ("few_labels", [0.5]),
        ("few_labels", {"100": 0.5}),
        ("few_labels", {"100": {"1": 0.5, "5": "x"}}),
        ("stranger", {"a": 1}),
    ],
)
def test_a_report_card_of_another_shape_is_refused(figure, value, good, tmp_path):
    message = told_by_header(
        tmp_path, with_card(good, lambda card: card["metrics"].update({figure: value}))
    )
    assert f"a figure that is not a number: '{figure}'" in message


def leaves(value, path=()):
    """The way to every value inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, key))


def test_no_damage_to_a_header_ends_in_anything_but_a_checkpoint_error(good, tmp_path):
    path = tmp_path / "damaged.safetensors"
    header, numbers = parts(good)
    header["__metadata__"][KEY] = json.loads(header["__metadata__"][KEY])
    text = json.dumps(header)
    odd = [None, True, -1, 10**400, 1e308, "x", "", [], {}, [None], {"a": 1}]
    for number, way in enumerate(leaves(header)):
        damaged = json.loads(text)
        *parents, last = way
        place = damaged
        for key in parents:
            place = place[key]
        place[last] = odd[number % len(odd)]
        card = damaged.get("__metadata__")
        if isinstance(card, dict) and KEY in card:
            card[KEY] = json.dumps(card[KEY])
        path.write_bytes(joined(damaged, numbers))
        with contextlib.suppress(CheckpointError):  # a changed version or date harms nobody
            checkpoint.load(path)
