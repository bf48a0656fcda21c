from pages.ui import glossary
from vae.glossary import TERMS


def test_the_javascript_is_what_the_glossary_says():
    assert glossary.TARGET.read_text("utf-8") == glossary.script(), (
        "run `python -m pages.ui.glossary`"
    )


def test_terms_are_explained_in_markdown_in_the_order_asked_for():
    text = glossary.explain("KL", "prior")
    assert text == f"**KL**: {TERMS['KL'].sentence}\n\n**prior**: {TERMS['prior'].sentence}"
