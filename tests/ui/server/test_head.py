import re
from html.parser import HTMLParser
from urllib.request import Request, urlopen

import pytest
from PIL import Image

from benchmarks import live
from pages.ui import brand, frame


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    with live.serve(environment={"LATENT_ATLAS_RUNS": str(runs)}) as address:
        yield address


class Head(HTMLParser):
    """What a program that runs no script reads of a page."""

    def __init__(self, html):
        super().__init__()
        self.titles, self.meta, self.icons = 0, {}, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.titles += tag == "title"
        if tag == "meta" and "content" in found:
            self.meta[found.get("property") or found.get("name")] = found["content"]
        if tag == "link" and "icon" in (found.get("rel") or ""):
            self.icons.append(found["href"])


def read(address, **headers):
    with urlopen(Request(address, headers=headers)) as found:
        body = found.read()
        assert int(found.headers["Content-Length"]) == len(body)
        return found.headers, body


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "Explore"),
        ("/your_digit", "Your digit"),
        ("/train", "Train"),
        ("/report", "Report card"),
    ],
)
def test_each_page_says_what_it_is_before_any_script_runs(address, path, name):
    _, body = read(address + path, **{"Accept-Encoding": "gzip"})
    html = body.decode()
    found = Head(html)
    assert found.titles == 1 and "<title>Streamlit" not in html
    assert found.meta["description"].startswith(brand.SENTENCES[name])
    assert "variational autoencoder" in found.meta["og:title"]
    (icon,) = found.icons
    assert icon == brand.icon_address()


def test_the_picture_of_a_preview_is_where_the_page_says(address):
    found = Head(read(address + "/")[1].decode()).meta
    with urlopen(found["og:image"]) as picture:
        size = Image.open(picture).size
    assert size == (int(found["og:image:width"]), int(found["og:image:height"]))


def test_what_is_no_page_comes_through_as_it_was(address):
    html = read(address + "/")[1].decode()
    script = re.search(r'src="\./(static/js/index[^"]+)"', html)[1]
    headers, body = read(f"{address}/{script}")
    assert brand.NAME.encode() not in body and headers["ETag"]


def test_every_page_has_a_sentence():
    assert set(brand.SENTENCES) == set(frame.PAGES)


def test_a_name_from_an_address_is_not_written_into_the_page(address):
    html = read(address + "/%3Cscript%3Ealert(1)%3C/script%3E")[1].decode()
    assert "alert(1)" not in html
