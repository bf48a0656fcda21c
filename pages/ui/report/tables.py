"""The figures of the report card as tables, with how to read each."""

from typing import Any

import streamlit as st

from pages.ui.frame import plain
from pages.ui.glossary import explain
from pages.ui.resources import Loaded
from vae import library
from vae.glossary import TERMS

Rows = tuple[tuple[str, str, str], ...]
# key, what it is called, and one sentence that says how to read it; terms have the glossary's
LIKELIHOOD = (
    ("elbo", "ELBO", TERMS["ELBO"].sentence),
    ("importance_weighted_500", "500-sample bound", "A higher floor, from 500 guesses at z."),
    ("exact_log_likelihood", "Exact log p(x)", TERMS["log p(x)"].sentence),
    ("gap", "Gap", "Exact less ELBO: what is lost because the encoder only guesses."),
    ("reconstruction", "Reconstruction", TERMS["reconstruction"].sentence),
    ("kl", "KL", TERMS["KL"].sentence),
)
IMAGES = (
    ("mse", "Squared error of a pixel", "On the scale on which ink is 1."),
    (
        "pixel_entropy",
        "Entropy of a pixel",
        "How unsure the decoder is, in nats; a coin's toss has 0.69.",
    ),
)


def show(loaded: Loaded) -> None:
    """The figures that the checkpoint holds, in two columns where there is room."""
    with st.container(key="tables"):
        left, right = st.columns(2, gap="large")
        with left:
            explanation(loaded)
        with right:
            separation(loaded)
            pictures_and_origin(loaded)


def explanation(loaded: Loaded) -> None:
    """The bound, its terms, and log p(x) itself."""
    metrics = loaded.checkpoint.metrics
    st.markdown("#### How well it explains digits", help=explain("nats"))
    st.markdown(f"In {quoted(metrics.get('unit'))}, on average over the {judged_on(loaded)}.")
    table(metrics, LIKELIHOOD, "nats")
    if integration := metrics.get("integration"):
        st.markdown(
            f"Integrated over {integration['points']:,} points, {integration['step']:.4f} apart in "
            f"the middle of the plane; halving the step last moved it {integration['change']:.3f}."
        )


def separation(loaded: Loaded) -> None:
    """How well the map separates the classes."""
    metrics = loaded.checkpoint.metrics
    if "knn" in metrics:
        st.markdown(
            "#### How well its map separates the digits",
            help="How often a test digit's neighbours on the map, which vote, are the same digit "
            f"as it.\n\n{explain('encoder')}",
        )
        neighbours(metrics)
    else:
        st.info(
            f"Only the bound on the {judged_on(loaded)} is known so far. The rest is computed "
            "when a training ends, which takes minutes, or by `python -m vae evaluate`."
        )


def pictures_and_origin(loaded: Loaded) -> None:
    """How the decoded images are, and what the model is."""
    metrics = loaded.checkpoint.metrics
    if "mse" in metrics:
        st.markdown("#### How its pictures look", help=explain("decoder"))
        table(metrics, IMAGES, "mean", decimals=4)
    st.markdown("#### What it is")
    st.markdown(f"{described(loaded.name)}{origin(loaded)}")


def judged_on(loaded: Loaded) -> str:
    """The images that the figures are averages over."""
    return quoted(loaded.checkpoint.made.get("judged_on", "test images"))


def described(name: str) -> str:
    """A sentence about a model that has one, and what its file is called."""
    told = library.tell(name)
    return f"{told.words} *{plain(name)}*: " if told.words else ""


def table(metrics: dict[str, Any], rows: Rows, unit: str, decimals: int = 2) -> None:
    """Figures, what each is called, and how to read it."""
    found = [(name, metrics[key], help) for key, name, help in rows if key in metrics]
    lines = [f"| {name} | {value:.{decimals}f} | {help} |" for name, value, help in found]
    st.markdown("\n".join([f"| | {unit} | how to read it |", "|:--|--:|:--|", *lines]))


def neighbours(metrics: dict[str, Any]) -> None:
    """The share of test digits whose nearest neighbours on the plane have their class."""
    rows = [
        ("encoder's places, all labels", metrics["knn"]),
        ("exact modes, all labels", metrics["knn_exact"]),
        *(
            (f"encoder's places, {quoted(count)} labels", figures)
            for count, figures in metrics.get("few_labels", {}).items()
        ),
    ]
    lines = [f"| {name} | {row['1']:.1%} | {row['5']:.1%} |" for name, row in rows]
    st.markdown(
        "\n".join(
            [
                "| where the digits lie | by the nearest | by the nearest 5 |",
                "|:--|--:|--:|",
                *lines,
            ]
        )
    )


def origin(loaded: Loaded) -> str:
    """How the model came to be, in a line."""
    made, model = loaded.checkpoint.made, loaded.checkpoint.model
    parts = [f"{model.parameters_count:,} parameters", f"{loaded.size / 1e6:.1f} MB"]
    if "seconds" in made:
        where = quoted(made.get("processor") if made.get("device") == "cpu" else made.get("device"))
        parts.append(f"trained in {made['seconds']:.0f} s on {where}")
    if "train_images" in made:
        parts.append(f"on {made['train_images']:,} images")
    return ", ".join(parts) + "."


def quoted(value: object) -> str:
    """What a header says, as text; it may come from a stranger."""
    return plain(str(value)[:100])
