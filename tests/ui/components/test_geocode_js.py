"""The browser's twin of SciPy's normal distribution and of vae/latent/geocode.py, run by Node."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from tests.support import node
from vae.latent import geocode

FOLDER = Path("pages/ui/components/latent_map").resolve()


def run(expression):
    """The value of an expression with what the two modules export."""
    imports = [
        f'import {{ cdf, quantile }} from "{(FOLDER / "normal.js").as_uri()}";',
        f'import {{ spell, cellMiddle }} from "{(FOLDER / "geocode.js").as_uri()}";',
    ]
    text = "\n".join([*imports, f"console.log(JSON.stringify({expression}))"])
    return json.loads(node.run("--input-type=module", "-e", text))


def test_the_share_below_is_scipys():
    z = np.linspace(-7.5, 7.5, 301)
    assert np.allclose(run(f"{z.tolist()}.map(cdf)"), norm.cdf(z), atol=1e-14)
    assert run("[-50, 50, NaN].map(cdf)") == [0, 1, 0]


def test_the_quantile_is_scipys():
    p = np.concatenate([np.geomspace(1e-6, 0.5, 100), 1 - np.geomspace(1e-6, 0.5, 100)])
    assert np.allclose(run(f"{p.tolist()}.map(quantile)"), norm.ppf(p), atol=1e-8)


def test_a_code_is_spelt_as_python_spells_it():
    places = np.random.default_rng(0).standard_normal((200, 2)).tolist()
    for characters in (1, 4, geocode.LONGEST):
        spelt = run(f"{places}.map((z) => spell(z, {characters}))")
        assert spelt == [geocode.format(tuple(z), characters) for z in places]


@pytest.mark.parametrize("code", ["0", "F", "7F3A", "00000", "A1B2C3D4"])
def test_a_code_names_the_same_middle_as_in_python(code):
    assert run(f"cellMiddle('{code}')") == pytest.approx(geocode.parse(code), abs=1e-7)
