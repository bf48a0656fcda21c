import gzip

import pytest
from starlette.requests import Request

from pages.ui.server import files


def get(address, accepted="gzip, br"):
    """The server's response to a browser that accepts these encodings."""
    (route,) = files.ROUTES
    headers = [(b"accept-encoding", accepted.encode())]
    scope = {"type": "http", "method": "GET", "path": f"/{address}", "headers": headers}
    _, found = route.matches(scope)
    return files.respond(Request({**scope, **found}))


def test_a_file_is_served_at_its_hash_for_ever():
    content = bytes(range(256)) * 40
    address = files.serve(files.make(content))
    found = get(address)
    assert gzip.decompress(found.body) == content
    assert found.headers["Content-Encoding"] == "gzip"
    assert "immutable" in found.headers["Cache-Control"]
    assert files.serve(files.make(content)) == address
    assert files.serve(files.make(content + b"!")) != address


def test_who_knows_no_gzip_gets_the_content_itself():
    content = b"nothing but words " * 100
    found = get(files.serve(files.make(content)), "identity")
    assert found.body == content
    assert "Content-Encoding" not in found.headers


def test_what_is_not_there_says_what_to_do():
    found = get("files/0123")
    assert found.status_code == 404
    assert b"Reload" in found.body
    assert "Cache-Control" not in found.headers


def test_the_files_served_last_are_kept():
    first = files.serve(files.make(b"first"))
    second = files.serve(files.make(b"second"))
    for number in range(files.KEPT - 1):
        files.serve(files.make(b"%d" % number))
        files.serve(files.make(b"second"))
    assert get(first).status_code == 404
    assert gzip.decompress(get(second).body) == b"second"


@pytest.mark.parametrize("content", [b"", b"a" * 1000, bytes(range(256))])
def test_what_was_shrunk_is_what_gzip_reads(content):
    assert gzip.decompress(files.shrink(content)) == content
    assert len(files.shrink(content)) <= len(gzip.compress(content, 6)) + 20


def test_a_server_under_a_path_of_its_own_serves_them_too():
    address = files.serve(files.make(b"anything"))
    assert gzip.decompress(get(f"school/maps/{address}").body) == b"anything"
