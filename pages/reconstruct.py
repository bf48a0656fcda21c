"""Reconstruct: give the model a digit and see where it lands and how it comes back."""

from base64 import b64encode
from dataclasses import replace
from io import BytesIO

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from PIL import Image

from pages.ui import charts, resources
from pages.ui.chooser import choose_checkpoint
from pages.ui.frame import explained, frame, plain
from pages.ui.resources import Loaded
from pages.ui.state import session
from vae import image
from vae.image import Digit
from vae.reading import read

LARGE = 280


def main() -> None:
    """The page."""
    top = frame("Reconstruct")
    with explained():
        if name := choose_checkpoint(top):
            loaded = resources.load(name)
            if digit := ask_for_a_digit():
                show(loaded, digit)


def ask_for_a_digit() -> Digit | None:
    """A picture of the visitor's own, or one of ten that are ready."""
    state = session()
    uploaded = st.file_uploader(
        "A picture of one digit: a photo of pen on paper will do",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        on_change=forget_sample,
    )
    st.markdown("No picture at hand? Take one of these, from scikit-learn's set:")
    samples = resources.sample_digits()
    with st.container(horizontal=True, gap="small", key="samples"):
        for label, sample in enumerate(samples):
            icon = f"![the digit {label}](data:image/png;base64,{b64encode(png(sample)).decode()})"
            if st.button(icon, key=f"sample-{label}"):
                state.sample = label
    if state.sample is not None:
        return image.as_digit(samples[state.sample])
    if uploaded is None:
        return None
    with st.spinner("Reading the picture…"):
        return image.read(uploaded.getvalue())


def forget_sample() -> None:
    """What was uploaded last is what is meant."""
    session().sample = None


def show(loaded: Loaded, digit: Digit) -> None:
    """The digit's way in, its place, and its way back."""
    model = loaded.checkpoint.model
    reading = read(model, loaded.neighbours, torch.from_numpy(digit.image)[None])[0]
    st.markdown("#### How the model gets to see it")
    show_steps(digit)
    st.markdown("#### Where it lands, and how it comes back")
    left, right = st.columns([3, 2], gap="large")
    encoded, labels = loaded.checkpoint.encoded.mean, loaded.checkpoint.labels
    left.plotly_chart(charts.plane(encoded, labels, reading.mean), config={"displayModeBar": False})
    with right:
        with st.container(horizontal=True):
            st.image(enlarged(reading.seen.numpy(), LARGE), "what went in", width=LARGE // 2)
            st.image(enlarged(reading.image.numpy(), LARGE), "what came back", width=LARGE // 2)
        share = f"{reading.nearest.share:.0%} of its nearest test digits"
        st.markdown(f"Most like a **{reading.nearest.label}**: {share}.")
        st.markdown(
            f"z1 = {reading.mean[0]:.2f} ± {reading.std[0]:.2f}, "
            f"z2 = {reading.mean[1]:.2f} ± {reading.std[1]:.2f}"
        )
        with st.container(horizontal=True):
            st.metric(
                "Reconstruction",
                f"{reading.reconstruction:.1f} nats",
                help="What the decoded image leaves unsaid about this one. Smaller is closer; "
                f"test digits have {loaded.checkpoint.metrics['reconstruction']:.0f} on average.",
            )
            st.metric(
                "KL",
                f"{reading.kl:.2f} nats",
                help="What it costs to say where on the map the digit lies, compared with "
                f"guessing; {loaded.checkpoint.metrics['kl']:.1f} on average.",
            )
        offer_the_map(reading.mean)


def offer_the_map(place: tuple[float, float]) -> None:
    """Ways on from a place: go there, or make it an end of a path on the map."""
    with st.container(horizontal=True):
        if st.button("Explore from there", type="primary"):
            session().put_hand(place)
            st.switch_page("app.py")
        for pin in ("a", "b"):
            if st.button(
                f"Pin as {pin.upper()}", help=f"The path on Explore has its {pin.upper()} here."
            ):
                session().put_hand(place)
                session().view = replace(session().view, **{pin: place})
                st.switch_page("app.py")


def show_steps(digit: Digit) -> None:
    """Each step from the picture to 28×28, side by side, or below each other on a phone."""
    with st.container(horizontal=True, gap="medium", key="steps"):
        for step in digit.steps:
            with st.container(width=160, gap="xsmall"):
                st.image(enlarged(boxed(step.image), LARGE), width="stretch")
                st.markdown(f"**{plain(step.name)}**  \n{plain(step.note)}")


def boxed(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in the middle of a square, on the paper's own grey."""
    side = max(pixels.shape)
    paper = int(np.median([pixels[0, 0], pixels[0, -1], pixels[-1, 0], pixels[-1, -1]]))
    square = np.full((side, side), paper, np.uint8)
    top, left = ((side - length) // 2 for length in pixels.shape)
    square[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return square


def enlarged(pixels: NDArray[np.uint8], side: int) -> Image.Image:
    """The picture at `side` pixels or more, each of its pixels kept sharp."""
    times = max(1, -(-side // max(pixels.shape)))
    return Image.fromarray(np.kron(pixels, np.ones((times, times), np.uint8)))


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The picture as a PNG file."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


main()
