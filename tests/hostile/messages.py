"""Messages that a browser never sends, made by code: what is wrong or odd about each."""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.visitor import Visitor

EXPLORE, DIGIT, TRAIN, REPORT = "", "your_digit", "train", "report"
Content = BackMsg | bytes | str


class Kind(NamedTuple):
    """One message."""

    name: str
    make: Callable[[Visitor], Content]
    page: str = EXPLORE
    closes: bool = False  # the connection may be ended: it is too large to be read
    brings: bool = True  # it is answered by a run of the page


def kinds() -> Iterator[Kind]:
    """All of them."""
    yield from raw()
    yield from others()
    yield from reruns()
    yield from values()
    yield from bridges()
    yield from many()


def raw() -> Iterator[Kind]:
    """No message of Streamlit's at all."""
    noise = np.random.default_rng(0).bytes(9000)
    for name, content in {
        "text": "hello",
        "JSON": '{"rerun_script": {}}',
        "noise": noise,
        "bytes that end a group": b"\x0c" * 400,
        "groups without end": b"\x0b" * 400,
        "HTML": b"<!doctype html>" * 99,
        "all ones": b"\xff" * 2000,
        "a length without content": b"\x5a\xff\xff\xff\x0f",
        "half of a message": rerun_bytes()[: len(rerun_bytes()) // 2],
    }.items():
        yield Kind(name, lambda _, content=content: content, brings=False)
    yield Kind("nothing", lambda _: b"", brings=False)
    yield Kind("a message with a tail", lambda _: rerun_bytes() + b"\x5a\x7f", brings=False)
    yield Kind("1.5 MB", lambda _: rerun_bytes("x" * 1_500_000), brings=False)
    yield Kind("24 MB", lambda _: bytes(24_000_000), closes=True, brings=False)


def rerun_bytes(address: str = "z1=1&z2=1") -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = address
    return message.SerializeToString()


def others() -> Iterator[Kind]:
    """What pages do not ask for."""
    for field in (
        "clear_cache",
        "set_run_on_save",
        "load_git_info",
        "debug_disconnect_websocket",
        "debug_shutdown_runtime",
        "stop_script",
        "app_heartbeat",
    ):
        yield Kind(field, lambda _, field=field: flag(field), brings=False)

    def flag(field: str) -> BackMsg:
        message = BackMsg()
        setattr(message, field, True)
        return message

    def operation(_: Visitor) -> BackMsg:
        message = BackMsg()
        message.backend_operation_request.request_id = "a" * 5000
        return message

    def urls(count: int) -> Callable[[Visitor], BackMsg]:
        def make(_: Visitor) -> BackMsg:
            message = BackMsg()
            message.file_urls_request.file_names.extend(["../../etc/passwd"] * count)
            return message

        return make

    yield Kind("a backend operation", operation, brings=False)
    yield Kind("a file's address", urls(1), brings=False)
    yield Kind("the addresses of 20,000 files", urls(20_000), brings=False)


def reruns() -> Iterator[Kind]:
    """Runs of what is not there."""

    def with_fields(**fields: object) -> Callable[[Visitor], BackMsg]:
        def make(visitor: Visitor) -> BackMsg:
            message = BackMsg()
            message.rerun_script.page_script_hash = visitor.page_hash
            for name, value in fields.items():
                if isinstance(value, list):
                    getattr(message.rerun_script, name).extend(value)
                elif isinstance(value, dict):
                    for part, content in value.items():
                        setattr(getattr(message.rerun_script, name), part, content)
                else:
                    setattr(message.rerun_script, name, value)
            return message

        return make

    for name, fields in {
        "a page's hash that is none": {"page_script_hash": "x" * 5000},
        "a page's name that is none": {"page_script_hash": "", "page_name": "nowhere"},
        "a page's name that is a path": {"page_script_hash": "", "page_name": "../../etc/passwd"},
        "a long address": {"query_string": "ckpt=" + "a" * 300_000},
        "100,000 parameters": {"query_string": "&".join(f"a{n}=1" for n in range(100_000))},
        "an address of nonsense": {"query_string": "%%%&&==&%zz=%ff&ckpt=%00&z1=%F0%9F"},
        "an address of NaN": {"query_string": "z1=nan&z2=inf&a=1e999,1&w=nan,nan,nan"},
        "an address with a script": {"query_string": "ckpt=<script>alert(1)</script>"},
        "an address of a file": {"query_string": "ckpt=../../etc/passwd"},
        "20,000 cached messages": {"cached_message_hashes": [f"{n:064x}" for n in range(15_000)]},
        "a run of its own accord": {"is_auto_rerun": True},
        "a step back": {"is_history_navigation": True},
        "a time zone that is none": {"context_info": {"timezone": "x" * 9000}},
        "a time zone far away": {"context_info": {"timezone_offset": 2**31 - 1}},
        "a language that is none": {"context_info": {"locale": "\x00" * 900}},
        "an address of its own": {"context_info": {"url": "javascript:alert(1)"}},
        "a colour that is none": {"context_info": {"color_scheme": "mauve"}},
    }.items():
        yield Kind(name, with_fields(**fields))
    for name, fragment in {"that is none": "x" * 64, "of 300 kB": "x" * 300_000}.items():
        yield Kind(f"a fragment {name}", with_fields(fragment_id=fragment), brings=False)


VALUES: dict[str, list[object]] = {
    "trigger_value": [True],
    "bool_value": [True],
    "double_value": [float("nan"), float("inf"), -1.0, 1e300, 5e-324],
    "int_value": [-(2**62)],
    "string_value": ["x" * 9000, ""],
    "double_array_value": [[1.0, float("nan")]],
    "int_array_value": [[1, 2]],
    "string_array_value": [["a"]],
    "json_value": ["{", "[1]", "null", '{"a":' * 3000 + "1" + "}" * 3000, "9" * 9000],
    "bytes_value": [b"\xff" * 99],
    "json_trigger_value": ["{"],
}
WIDGETS = {
    "radio": DIGIT,
    "selectbox": TRAIN,
    "file_uploader": DIGIT,
    "button": TRAIN,
    "number_input": TRAIN,
    "bidi_component": EXPLORE,
}


def state(name: str, field: str | None, value: object = None) -> WidgetState:
    found = WidgetState(id=name)
    if field is None:
        return found
    if field.endswith("array_value"):
        getattr(found, field).data.extend(value)
    else:
        setattr(found, field, value)
    return found


def telling(visitor: Visitor, *states: WidgetState) -> BackMsg:
    """A run with these values, of the fragment where the page has one."""
    message = BackMsg()
    message.rerun_script.page_script_hash = visitor.page_hash
    message.rerun_script.fragment_id = visitor.fragment
    message.rerun_script.widget_states.widgets.extend(states)
    return message


def first(visitor: Visitor, kind: str) -> str:
    """A widget of this kind."""
    return next(name for name, one in visitor.widgets.items() if one == kind)


def values() -> Iterator[Kind]:
    """Values that a widget cannot have."""
    for widget, page in WIDGETS.items():

        def with_value(field: str | None, value: object, widget: str = widget) -> Callable:
            return lambda visitor: telling(visitor, state(first(visitor, widget), field, value))

        yield Kind(f"{widget}: no value", with_value(None, None), page)
        for field, some in VALUES.items():
            for number, value in enumerate(some):
                yield Kind(f"{widget}: {field} {number}", with_value(field, value), page)

    def uploaded(**fields: object) -> Callable[[Visitor], BackMsg]:
        def make(visitor: Visitor) -> BackMsg:
            found = WidgetState(id=first(visitor, "file_uploader"))
            for _ in range(100):
                info = found.file_uploader_state_value.uploaded_file_info.add()
                for name, value in fields.items():
                    setattr(info, name, value)
            return telling(visitor, found)

        return make

    yield Kind("100 files that are none", uploaded(file_id="x" * 900), DIGIT)
    yield Kind("100 large files", uploaded(size=2**62, name="../../x"), DIGIT)


def bridges() -> Iterator[Kind]:
    """What the map never says of its cursor, or never asks for."""
    plain = {"number": 1, "revision": 0, "z": [0.0, 0.0], "view": {}, "settled": True}
    for name, value in {
        "a message that is a number": {"message": 5},
        "a message that is a list": {"message": [1, 2, 3]},
        "another name": {"__proto__": {"polluted": True}, "x": "y" * 5000},
        "half of a character": {"message": {**plain, "view": {"layer": "\ud800"}}},
        **{
            f"{field} = {json.dumps(wrong)[:30]}": {"message": {**plain, field: wrong}}
            for field, some in {
                "number": ["x", -1, 1e300, True],
                "revision": ["x", {}, -1],
                "z": [["a", "b"], [[1], [2]], [1, 2, 3], [float("nan"), 0.0], [1e308, -1e308], 5],
                "hover": [["1", "2"], {}, [float("inf"), 0.0]],
                "view": [[], {"layer": 5}, {"layer": "x" * 9000}, {"window": "nan,nan,nan"}],
                "selected": [-1, 10**9, 1.5, "7"],
                "settled": ["yes", 1],
                "request": [
                    5,
                    [],
                    {},
                    {"what": 5},
                    {"what": "nothing"},
                    {"what": "layer", "of": {}},
                    {"what": "layer", "of": "x" * 9000},
                    {"what": "images", "places": [[0, 0]] * 20_000},
                    {"what": "images", "places": "all"},
                    {"what": "images", "places": [["a", 1], None, [1]]},
                    {"what": "path"},
                    {"what": "path", "view": {"a": "1,1", "b": "1,1"}},
                    {"what": "samples", "count": -1, "temperature": "hot", "seed": 2**40},
                    {"what": "samples", "count": 10**9, "seed": 1},
                    {"what": "file", "of": "/etc/passwd"},
                    {"what": "file", "of": "grid", "x": [float("nan"), 1], "y": [5, -5]},
                    {"what": "snippet", "of": "image", "z": ["'); import os", 0]},
                    {"what": "snippet", "of": "code", "characters": 10**6},
                    {"what": "reading"},
                    {"what": "reading", "digit": "A" * 100_000},
                    {"what": "reading", "digit": "%" * 1048},
                    {"what": "reading", "digit": [1] * 784},
                    {"what": "originals", "indices": [-1, 10**9, "x", None, 2.5]},
                    {"what": "originals", "indices": list(range(5000))},
                    {"what": "labels", "indices": {"a": 1}},
                    {"what": "labels", "indices": [0] * 5000},
                ],
                "drawing": ["<script>", "A" * 9000, 5, ["A"], "\ud800"],
                "given": ["x", -1, 10**9, {}],
            }.items()
            for wrong in some
        },
    }.items():
        text = json.dumps(value)
        yield Kind(name, lambda v, text=text: telling(v, state(v.bridge, "json_value", text)))


def many() -> Iterator[Kind]:
    """Values of widgets that are not there, or of too many."""
    for name, id in {
        "of no name": "",
        "that is not there": "$$ID-0-x",
        "long": "x" * 90_000,
    }.items():
        yield Kind(
            f"a widget {name}", lambda v, id=id: telling(v, state(id, "json_value", '{"a": 1}'))
        )
    yield Kind(
        "one value 50 times", lambda v: telling(v, *[state(v.bridge, "json_value", "{}")] * 50)
    )
    yield Kind(
        "5,000 widgets",
        lambda v: telling(v, *(state(f"$$ID-{n}", "bool_value", True) for n in range(5000))),
        brings=False,
    )
