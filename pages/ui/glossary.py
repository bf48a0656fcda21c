"""The glossary on pages, and for the browser's side.

    python -m pages.ui.glossary

writes it for JavaScript.
"""

from pathlib import Path

from pages.ui.components import jsdoc
from vae.glossary import TERMS

TARGET = Path(__file__).parent / "components" / "glossary" / "terms.js"


def explain(*names: str) -> str:
    """Terms and their sentences in Markdown: for the help of a widget, or of a heading."""
    return "\n\n".join(f"**{name}**: {TERMS[name].sentence}" for name in names)


def script() -> str:
    """The module terms.js: each term's sentence, and the term of each word in a text."""
    forms = {form: name for name, term in TERMS.items() for form in (name, *term.forms)}
    found = {"SENTENCES": {name: term.sentence for name, term in TERMS.items()}, "FORMS": forms}
    head = "// Written by `python -m pages.ui.glossary` from vae/glossary.py.\n\n"
    return head + jsdoc.module(found, dict.fromkeys(found, dict[str, str]))


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(script(), "utf-8")
