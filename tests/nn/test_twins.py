"""A module that is written twice, for PyTorch and for the browser, names its twin in either."""

import re
from pathlib import Path

import pytest

BROWSER = Path("pages/ui/components/vae")
TWINS = {
    path: found[1]
    for path in sorted(BROWSER.rglob("*.js"))
    if (found := re.search(r"twin of (vae/\S+?\.py)", path.read_text("utf-8")))
}


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.name)
def test_each_names_the_other(path):
    python = Path(TWINS[path])
    assert f"Its twin in the browser is {path.as_posix()}." in python.read_text("utf-8")
    assert python.stem == path.stem


def test_a_network_for_the_browser_has_a_twin_in_pytorch():
    assert {path.name for path in TWINS} >= {
        path.name for path in (BROWSER / "nn").glob("*.js") if path.name != "layers.js"
    }, "layers.js is torch.nn's own"


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.name)
def test_classes_have_the_same_names(path):
    classes = re.findall(r"^(?:export )?class (\w+)", path.read_text("utf-8"), re.MULTILINE)
    text = Path(TWINS[path]).read_text("utf-8")
    both = {"Decoder", "Encoder"}  # of one VAE in model.py: a page has the one without the other
    assert [name for name in classes if f"class {name}" not in text and name not in both] == []
