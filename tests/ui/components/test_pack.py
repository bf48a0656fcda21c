import gzip
import json
import struct

import numpy as np
import pytest
from scipy.stats import chi2

from pages.ui import resources
from pages.ui.components.latent_map.pack import class_contours


@pytest.fixture(scope="module")
def loaded():
    return resources.load("mnist")


@pytest.fixture(scope="module")
def header(loaded):
    packed = gzip.decompress(loaded.plane.compressed)
    (length,) = struct.unpack("<I", packed[:4])
    return json.loads(packed[4 : 4 + length])


def crossings(x, y, line):
    """How often a ray to the right of each place crosses a closed line."""
    a, b = line, np.roll(line, -1, axis=0)
    spans = (a[:, 1] > y[:, None]) != (b[:, 1] > y[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[:, 0] + (y[:, None] - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return (spans & (x[:, None] < at)).sum(1)


def test_the_contours_hold_the_shares_of_their_classes_that_they_say(loaded):
    mean, labels = loaded.checkpoint.encoded.mean, loaded.checkpoint.labels
    found = class_contours(mean, labels, loaded.extent)
    assert len(found) == 20
    for contour in found:
        x, y = mean[labels == contour["label"]].numpy().T
        lines = [np.array(line).reshape(-1, 2) for line in contour["lines"]]
        inside = sum(crossings(x, y, line) for line in lines) % 2 == 1
        assert inside.mean() == pytest.approx(contour["share"], abs=0.02)


def test_the_rings_hold_the_shares_of_the_prior_that_they_say(header):
    for share, radius in header["prior"]:
        assert chi2(2).cdf(radius**2) == pytest.approx(share)


def test_the_header_tells_what_the_encoder_spends(loaded, header):
    nats = loaded.checkpoint.encoded.kl_to_prior().mean().item()
    assert header["kl"] == pytest.approx(nats / np.log(2))
    assert header["name"] == "mnist"
