from dataclasses import fields
from typing import get_args

import pytest

from pages.ui.components.bridge import Received
from pages.ui.explore import exports, handlers, protocol
from pages.ui.explore.requests import Request
from pages.ui.view import View


def test_the_javascript_is_what_the_protocol_says():
    assert protocol.TARGET.read_text("utf-8") == protocol.script(dict(vars(protocol))), (
        "run `python -m pages.ui.explore.protocol`"
    )


def test_what_the_server_reads_is_what_the_map_sends():
    assert set(Received._fields) == set(protocol.Message.__annotations__)
    assert {f.name for f in fields(Request)} == set(protocol.RequestMessage.__annotations__)
    assert {f.name for f in fields(View)} == set(protocol.ViewParts.__annotations__)


def test_every_request_has_its_handler_and_every_file_its_maker():
    assert set(handlers.HANDLERS) == set(protocol.Results.__annotations__)
    assert set(exports.MAKERS) == set(get_args(protocol.FileName))


def test_the_usual_view_is_the_same_on_both_sides():
    assert {f.name: f.default for f in fields(View)} == protocol.USUAL_VIEW


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.5000000000000004, "1.5"),
        (-1e-9, "0"),
        (2e-5, "0.00002"),
        (-2.1234567, "-2.12346"),
        (12.0, "12"),
        (100.0, "100"),
    ],
)
def test_a_number_of_an_address_is_as_short_as_it_can_be(value, text):
    assert protocol.spell(value) == text
