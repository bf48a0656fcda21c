"""Reconstruct: give the model a digit and see where it lands and how it comes back."""

from base64 import b64encode
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from PIL import Image
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui import address, background, charts, resources
from pages.ui.background import Pending
from pages.ui.checkpoint_picker import pick_checkpoint
from pages.ui.frame import explained, frame, link_to, plain
from pages.ui.presence import presence
from pages.ui.resources import Loaded
from pages.ui.server import uploads
from pages.ui.state import session
from pages.ui.view import Place
from vae.config import DatasetName
from vae.digit import image, inference
from vae.digit.inference import Reading, Truth
from vae.digit.normalise import Digit
from vae.digit.pool import GivenUpError
from vae.errors import ImageError
from vae.latent.neighbours import article

LARGE = 280
STRANGE = 0.98  # of the test digits that cost less than a picture of which the model knows nothing
DATASETS: tuple[DatasetName, ...] = ("mnist", "digits")
UPLOAD, TRUTH, ROW = "upload", "truth", "row-of"  # keys of widgets
TRUTH_HELP = (
    "Two dimensions allow to integrate what the encoder only guesses: log p(x) itself, and where "
    "the digit lies given the model alone. A second for dense decoders, some for convolutional "
    "ones. A grey pixel counts as the expectation of its draws in black and white."
)


def main() -> None:
    """The page."""
    top = frame("Reconstruct")
    with explained():
        if name := pick_checkpoint(top):
            loaded = resources.load(name)
            if digit := ask_for_a_digit():
                show(loaded, choose(digit))


def ask_for_a_digit() -> Digit | None:
    """A picture of the visitor's own, or one of ten that are ready."""
    state = session()
    uploaded = st.file_uploader(
        "A picture of a digit or of a number: a photo of pen on paper or a screenshot will do",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        on_change=forget_sample,
        key=UPLOAD,
    )
    st.markdown("No picture at hand? Take a test digit of MNIST, or one of scikit-learn's below:")
    samples = offer_samples()
    if state.sample is not None:
        return image.as_digit(samples[state.sample])
    return uploaded and read_once(uploaded)


def offer_samples() -> list[NDArray[np.uint8]]:
    """Ten ready digits of each data set, as buttons."""
    samples: list[NDArray[np.uint8]] = []
    for dataset in DATASETS:
        with st.container(horizontal=True, gap="small", key=f"samples-{dataset}"):
            for digit, sample in enumerate(resources.sample_digits(dataset)):
                content = b64encode(png(sample)).decode()
                icon = f"![the digit {digit}](data:image/png;base64,{content})"
                if st.button(icon, key=f"sample-{len(samples)}"):
                    session().sample = len(samples)
                samples.append(sample)
    return samples


def choose(digit: Digit) -> Digit:
    """The digit itself, or the one of a number that the visitor means."""
    row = (digit, *digit.others)
    if len(row) == 1:
        return digit
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="row"):
        for place, one in enumerate(row, 1):
            st.image(enlarged(one.image, LARGE), f"digit {place}", width=LARGE // 5)
    chosen = st.segmented_control(
        f"{len(row)} digits stand on this picture, from left to right. Look at",
        range(len(row)),
        default=0,
        required=True,
        format_func=lambda at: f"digit {at + 1}",
        key=f"{ROW}-{len(row)}",
    )
    return row[chosen or 0]


def read_once(file: UploadedFile) -> Digit:
    """The digit in a file, kept until another is uploaded: each widget runs the page again.

    Raises:
        ImageError: if there is no digit in it.
    """
    state = session()
    if state.upload is None or state.upload[0] != file.file_id:
        with st.spinner("Reading the picture…"), until_given_up():
            state.upload = file.file_id, read(file)
    if isinstance(state.upload[1], ImageError):
        raise ImageError(*state.upload[1].args)
    return state.upload[1]


def read(file: UploadedFile) -> Digit | ImageError:
    """The digit in a file, or why there is none."""
    with uploads.content(UPLOAD, file) as source:
        try:
            return image.read(source, presence())
        except ImageError as error:
            return ImageError(*error.args)  # without the frames of its traceback, nor the file


@contextmanager
def until_given_up() -> Iterator[None]:
    """Work for a visitor; who has left needs no more of the page."""
    try:
        yield
    except GivenUpError:
        st.stop()


def forget_sample() -> None:
    """What was uploaded last is what is meant."""
    session().sample = None


def show(loaded: Loaded, digit: Digit) -> None:
    """The digit as it is encoded and decoded, and how it was prepared for that."""
    model = loaded.checkpoint.model
    found = inference.read(model, loaded.neighbours, torch.from_numpy(digit.image)[None])[0]
    st.markdown("#### Where it lands, and how it comes back")
    left, right = st.columns([3, 2], gap="large")
    encoded, labels = loaded.checkpoint.encoded.mean, loaded.checkpoint.labels
    truth = st.session_state.get(TRUTH) and find_truth(loaded, digit, right)
    figure = charts.latent_scatter(encoded, labels, found.mean, truth.mode if truth else None)
    left.plotly_chart(figure, config={"displayModeBar": False})
    with right:
        with st.container(horizontal=True):
            st.image(enlarged(found.seen.numpy(), LARGE), "what went in", width=LARGE // 2)
            st.image(enlarged(found.image.numpy(), LARGE), "what came back", width=LARGE // 2)
        label, share = found.nearest.label, f"{found.nearest.share:.0%} of its nearest test digits"
        st.markdown(f"Most like {article(label)} **{label}**: {share}.")
        st.markdown(
            f"z1 = {found.mean[0]:.2f} ± {found.std[0]:.2f}, "
            f"z2 = {found.mean[1]:.2f} ± {found.std[1]:.2f}"
        )
        show_costs(found, loaded.checkpoint.metrics)
        compared = st.container()
        offer_the_map(found.mean)
        st.toggle("Compare with the true posterior", key=TRUTH, help=TRUTH_HELP)
        if truth:
            show_truth(truth, -found.cost)
    st.markdown("#### How the model gets to see it")
    show_steps(digit)
    with compared:  # last, because the first time it takes some seconds
        show_strangeness(loaded, found.cost)


def show_costs(found: Reading, metrics: dict[str, Any]) -> None:
    """The two terms of the digit's bound."""
    with st.container(horizontal=True):
        st.metric(
            "Reconstruction",
            f"{found.reconstruction:.1f} nats",
            help="-log p(x|z), how badly the decoded image predicts this one. Smaller is closer; "
            f"test digits have {metrics['reconstruction']:.0f} on average.",
        )
        st.metric(
            "KL",
            f"{found.kl:.2f} nats",
            help="KL(q(z|x) || p(z)), what it costs to say where on the map the digit lies, beyond "
            f"what the prior says already; {metrics['kl']:.1f} on average.",
        )


def find_truth(loaded: Loaded, digit: Digit, where: DeltaGenerator) -> Truth:
    """The true posterior, with words of how far it is meanwhile."""
    with where, st.status("Integrating over the plane…") as status:
        pixels = digit.image.tobytes()
        found = wait_for(
            partial(background.result, compute_truth, loaded, pixels, lane="truth"),
            lambda progress: status.update(label=tell(progress)),
        )
        status.update(label="Integrated over the plane.", state="complete")
        return found


def wait_for(ask: Callable[..., Any], say: Callable[[Any], object]) -> Any:
    """A result of the background, asked for again and again.

    Args:
        ask: `background.result` with its arguments.
        say: draws how far it is; there, who has left or wants something else goes no further.
    """
    while True:
        try:
            return ask(patience=background.AGAIN)
        except Pending as pending:
            say(pending.progress)


def tell(progress: Truth | None) -> str:
    """How far an integration is."""
    if progress is None:
        return "Integrating over the plane: waiting for others…"
    return (
        f"Integrating over the plane: {progress.points:,} places decoded, "
        f"log p(x) ≈ {progress.log_evidence:.1f}…"
    )


def compute_truth(loaded: Loaded, image: bytes) -> Generator[Truth, None, Truth]:
    """The true posterior of a digit's 784 bytes, in steps."""
    pixels = torch.frombuffer(bytearray(image), dtype=torch.uint8).view(28, 28)
    found = None
    for found in inference.truths(loaded.checkpoint.model, pixels):
        yield found
    assert found is not None
    return found


def show_strangeness(loaded: Loaded, cost: float) -> None:
    """Where its cost stands among all test digits; a warning where it is unlike any of them."""
    if resources.originals(loaded.checkpoint) is None:
        return
    place = st.empty()
    known = wait_for(
        partial(background.result, compute_costs, loaded, lane="long"),
        lambda _: place.caption("Comparing with all test digits…"),
    )
    share = float((known < cost).float().mean())
    if share < STRANGE:
        place.markdown(
            f"It costs {cost:.1f} nats in all, more than {share:.0%} of the test digits."
        )
    else:
        place.warning(
            f"It costs {cost:.1f} nats in all, more than {int(100 * share)}% of the test digits: "
            "the model knows nothing like it. What came back is the nearest that it can draw, and "
            "what that is most like says little about this picture."
        )


def compute_costs(loaded: Loaded) -> torch.Tensor:
    """What each test digit costs, now: (N,) nats."""
    images = resources.originals(loaded.checkpoint)
    assert images is not None
    return inference.costs(loaded.checkpoint.model, torch.from_numpy(images))


def show_truth(truth: Truth, bound: float) -> None:
    """What the integral says, beside what the encoder said."""
    st.markdown(
        f"log p(x) = **{truth.log_evidence:.1f} nats**, integrated over {truth.points:,} places; "
        f"the encoder's bound is {bound:.1f}, so the encoder loses "
        f"{truth.log_evidence - bound:.1f}. The digit most probably lies at z1 = "
        f"{truth.mode[0]:.2f}, z2 = {truth.mode[1]:.2f} (the diamond); the posterior is "
        f"{truth.std[0]:.3f} wide and {truth.std[1]:.3f} high around its mean."
    )


def offer_the_map(place: Place) -> None:
    """Links to the map: with the cursor at a place, and that may be an end of a path too."""
    view = session().view
    with st.container(horizontal=True, key="onward"):
        link_to(address.EXPLORE, "Explore from there", z=place)
        for pin in ("a", "b"):
            words = f"The path on Explore has its {pin.upper()} here."
            pinned = replace(view, **{pin: place})
            link_to(address.EXPLORE, f"Pin as {pin.upper()}", help=words, z=place, view=pinned)


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
