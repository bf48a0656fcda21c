from pathlib import Path

import pytest

from pages.ui.components.modules import bundle
from tests.support import node

FOLDER = Path("pages/ui/components")
ENTRIES = [
    FOLDER / "latent_map" / "latent_map.js",
    FOLDER / "latent_map" / "decoder_worker.js",
    FOLDER / "bridge" / "bridge.js",
]


def write(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, "utf-8")


def test_a_bundle_runs_as_its_modules_do(tmp_path):
    write(
        tmp_path,
        entry='import { double } from "./middle.js";\nimport { ONE } from "./base.js";\n'
        "console.log(double(ONE));\n",
        middle='import {\n  ONE,\n} from "./base.js";\n/** @param {number} n */\n'
        "export function double(n) {\n"
        "  const once =\n    /** @type {number} */ (n);\n  return once + n * ONE;\n}\n",
        base="export const ONE = 1;\n",
    )
    text = bundle(tmp_path / "entry.js")
    assert text.count("ONE = 1") == 1
    script = tmp_path / "bundle.cjs"
    script.write_text(text, "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    assert node.run(str(script)) == node.run(str(tmp_path / "entry.js")) == "2\n"


def test_a_circle_is_refused_with_its_modules(tmp_path):
    write(
        tmp_path,
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ValueError, match=r"circle: a\.js imports b\.js imports a\.js"):
        bundle(tmp_path / "a.js")


def test_a_missing_module_is_named_with_who_imports_it(tmp_path):
    write(tmp_path, a='import { b } from "./b.js";\n')
    with pytest.raises(ValueError, match=r"a\.js imports .*b\.js: no file"):
        bundle(tmp_path / "a.js")


@pytest.mark.parametrize(
    "text",
    [
        'import * as all from "./b.js";\n',
        'import { b as c } from "./b.js";\n',
        'import b from "./b.js";\n',
        'import { b } from "b";\n',
        "export { b };\n",
        'export * from "./b.js";\n',
    ],
)
def test_a_form_that_is_not_understood_is_refused(tmp_path, text):
    write(tmp_path, a=text, b="export const b = 1;\n")
    with pytest.raises(ValueError, match=r"a\.js has an import or export not understood"):
        bundle(tmp_path / "a.js")


def test_two_modules_may_each_have_a_function_of_one_name(tmp_path):
    write(
        tmp_path,
        entry='import { one } from "./one.js";\nimport { two } from "./two.js";\n'
        "console.log(one() + two());\n",
        one="const number = () => 1;\nexport const one = () => number();\n",
        two="const number = () => 2;\nexport const two = () => number();\n",
    )
    script = tmp_path / "bundle.cjs"
    script.write_text(bundle(tmp_path / "entry.js"), "utf-8")
    assert node.run(str(script)) == "3\n"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.name)
def test_a_bundle_of_ours_is_a_script(entry, tmp_path):
    script = tmp_path / "bundle.mjs"
    script.write_text(bundle(entry), "utf-8")
    node.run("--check", str(script))
    assert "@param" not in script.read_text("utf-8")
