"""docs/limits.md says what the code has, and names tests that are there."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from vae.digit.container import MAX_BYTES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "limits.md").read_text("utf-8")
ROWS = re.findall(r"^\| (.+?) \| ([\d,]+) \| `(.+?)` \| (.+?) \|$", TEXT, re.M)


def test_the_table_is_there():
    assert len(ROWS) > 30


@pytest.mark.parametrize(("what", "limit", "name", "held"), ROWS)
def test_a_limit_is_what_the_code_has_and_a_test_holds_it(what, limit, name, held):
    module, _, constant = re.sub(r"\.high$", "", name).rpartition(".")
    value = getattr(importlib.import_module(module), constant)
    assert (value.high if name.endswith(".high") else value) == int(limit.replace(",", "")), what
    for path in re.findall(r"tests/\S+\.py", held):
        assert (ROOT / path).is_file()


def test_streamlits_own_limits_are_those_of_the_text():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]
    said = dict(re.findall(r"`(max\w+)` (\d+)", TEXT))
    assert said == {name: str(value) for name, value in config.items() if name.startswith("max")}
    assert config["maxUploadSize"] * 10**6 == MAX_BYTES
