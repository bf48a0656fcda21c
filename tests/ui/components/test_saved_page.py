"""The page in one file: what is written into it, and that the browser's side reads the same."""

import json
import re

import numpy as np
import pytest

from pages.ui.components import saved_page
from tests.support.node import run_module
from tests.support.pictures import mnist
from vae import library
from vae.store import checkpoint, weights

MEGABYTE = 1e6
EXCESS = {"mnist": 1.0, "mnist-exact": 1.02}  # the CHANGELOG owns up to it


def read_back(text, folder):
    """The content of a text, as files.js reads it."""
    (folder / "text").write_text(text, encoding="utf-8", newline="")
    return bytes(
        run_module(
            """
            import { readFileSync } from "node:fs";
            import { gunzipSync } from "node:zlib";
            import { fromSevenBits } from "COMPONENTS/saved_page/files.js";
            const text = readFileSync("FOLDER/text", "utf8");
            console.log(JSON.stringify([...gunzipSync(fromSevenBits(text))]));
            """,
            folder,
        )
    )


@pytest.mark.parametrize("length", [0, 1, 6, 7, 8, 5000])
def test_content_written_as_text_is_read_back(length, tmp_path):
    content = np.random.default_rng(length).integers(0, 256, length, np.uint8).tobytes()
    assert read_back(saved_page.as_text(content), tmp_path) == content


def test_nothing_in_a_text_ends_or_changes_the_script_around_it():
    text = saved_page.as_text(np.random.default_rng(0).bytes(500_000))
    assert not set(text) & {"\0", "\r"}
    assert not re.search("<[!/]", text)
    assert len(text.encode()) < 1.17 * 500_000


@pytest.fixture(scope="module")
def small_page(trained):
    return saved_page.write("<b>&", checkpoint.load(trained.checkpoint), None)


def test_a_name_is_a_name_and_not_markup(small_page):
    assert "<title>&lt;b&gt;&amp; · Latent Atlas</title>" in small_page
    assert "<b>&" not in re.sub(r"<script.*?</script>", "", small_page, flags=re.DOTALL)


def test_a_page_needs_nothing_beside_it(small_page):
    scripts = re.findall(r"<script[^>]*>", small_page)
    assert not [tag for tag in scripts if "src" in tag]
    assert not re.search(r"<link|url\(|@import|https?://|import\s*\{", small_page)


def test_the_decoder_in_a_page_is_the_one_of_the_app(trained, small_page, tmp_path):
    text = re.search(r'data-file-name="decoder">(.*?)</script>', small_page, re.DOTALL)[1]
    packed = weights.pack(checkpoint.load(trained.checkpoint).model, "decoder")
    assert read_back(text, tmp_path) == packed


def test_originals_are_those_of_the_indices_that_the_page_names(trained, digits, tmp_path):
    images = digits.test.images.numpy()
    page = saved_page.write("digits", checkpoint.load(trained.checkpoint), images)
    data = json.loads(re.search(r'class="data">(.*?)</script>', page, re.DOTALL)[1])
    text = re.search(r'data-file-name="originals">(.*?)</script>', page, re.DOTALL)[1]
    assert read_back(text, tmp_path) == images[data["indices"]].tobytes()
    assert len(data["indices"]) >= 200


@pytest.mark.parametrize("name", ["mnist", "mnist-exact"])
def test_a_page_is_small_enough_for_a_phone(name):
    images, _ = mnist()
    found = checkpoint.load(library.find(name))
    plain = saved_page.write(name, found, images).encode()
    whole = saved_page.write(name, found, images, encoder=True).encode()
    assert len(plain) < 6 * MEGABYTE
    assert len(whole) < 9 * MEGABYTE * EXCESS[name]
