"""Pictures that a visitor uploads: read once, put on the pad, and shown beside each other."""

import csv
import io
from base64 import b64encode
from collections.abc import Generator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui import background
from pages.ui.background import Pending
from pages.ui.frame import plain
from pages.ui.glossary import explain
from pages.ui.presence import presence
from pages.ui.resources import Loaded
from pages.ui.server import uploads
from pages.ui.state import Session, session
from vae.digit import image, inference
from vae.digit.inference import Reading
from vae.digit.normalise import Digit
from vae.digit.pool import GivenUpError
from vae.errors import ImageError
from vae.latent import album
from vae.latent.neighbours import article

MOST = 64  # pictures at the same time, and digits on them
LARGE = 280  # pixels of a step's picture
UPLOAD, EXACT = "upload", "exact"  # keys of widgets
KINDS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]


class Found(NamedTuple):
    """A digit in one of the files."""

    file: str
    digit: Digit


def take(loaded: Loaded) -> list[Found]:
    """Read what was uploaded last, and put the first digit of it on the pad, if that is new.

    Returns:
        All of its digits; of those that cannot be read the page says why.
    """
    state = session()
    given = st.file_uploader(
        "Pictures of digits", type=KINDS, accept_multiple_files=True, key=UPLOAD
    )
    fresh = read_new(state, given)
    newest = [file for file in given if file.file_id in state.batch]
    found = list(digits(state, newest))[:MOST]
    if len(state.batch) > MOST:
        st.error(f"These were {len(state.batch)} pictures; the first {MOST} of them are read.")
    for file in newest:
        if isinstance(refusal := state.uploads.get(file.file_id), ImageError):
            st.error(plain(f"{file.name}: {refusal}" if len(newest) > 1 else str(refusal)))
    if fresh and found:
        put_on_pad(found, read_digits(loaded, found), 0)
    return found


def put_on_pad(found: list[Found], readings: list[Reading], number: int) -> None:
    """Put one of the digits on the pad, and the places of all on the map."""
    state = session()
    state.shown = number
    places = [reading.mean for reading in readings] if len(readings) > 1 else []
    state.give(picture=found[number].digit.image.tobytes(), others=places)


def show(loaded: Loaded, found: list[Found]) -> None:
    """What was uploaded last: its digits side by side, and the steps to the one on the pad."""
    if not found:
        return
    sheet = st.container()
    st.markdown("#### How the model gets to see it")
    show_steps(found[min(session().shown, len(found) - 1)].digit)
    if len(found) > 1:  # last, because integrating takes a while
        with sheet:
            show_sheet(loaded, found, read_digits(loaded, found))


def read_new(state: Session, given: list[UploadedFile]) -> bool:
    """Read the files that are new, each once: a widget runs the page again.

    Returns:
        Whether there is a new digit.
    """
    there = {file.file_id for file in given}
    state.uploads = {key: kept for key, kept in state.uploads.items() if key in there}
    fresh = [file for file in given if file.file_id not in state.uploads]
    if not fresh:
        return False
    state.batch = [file.file_id for file in fresh]
    state.integrated, state.shown = False, 0
    state.uploads |= dict.fromkeys(state.batch)
    with st.spinner("Reading the picture…" if len(fresh) == 1 else "Reading the pictures…"):
        for file in fresh[:MOST]:
            try:
                state.uploads[file.file_id] = read(file)
            except GivenUpError:  # who has left needs no more of the page
                st.stop()
    return any(isinstance(state.uploads[file.file_id], Digit) for file in fresh)


def read(file: UploadedFile) -> Digit | ImageError:
    """The digits in a file, or why there is none."""
    with uploads.content(UPLOAD, file) as source:
        try:
            return image.read(source, presence())
        except ImageError as error:
            return ImageError(*error.args)  # without the frames of its traceback, nor the file


def digits(state: Session, given: list[UploadedFile]) -> Generator[Found]:
    """All digits of the files, in the order in which those were chosen; of a number one by one."""
    for file in given:
        digit = state.uploads.get(file.file_id)
        if isinstance(digit, Digit):
            row = (digit, *digit.others)
            for place, one in enumerate(row, 1):
                yield Found(file.name if len(row) == 1 else f"{file.name}:{place}", one)


def read_digits(loaded: Loaded, found: list[Found]) -> list[Reading]:
    """Where each lies and what it costs."""
    images = torch.from_numpy(np.stack([one.digit.image for one in found]))
    return inference.read(loaded.checkpoint.model, loaded.neighbours, images)


def show_sheet(loaded: Loaded, found: list[Found], readings: list[Reading]) -> None:
    """All digits side by side, each to be put on the pad, and a table to take away."""
    st.markdown("#### Your digits")
    with st.container(horizontal=True, gap="small", key="samples-sheet"):
        for number, (one, reading) in enumerate(zip(found, readings, strict=True)):
            icon = b64encode(album.png(one.digit.image)).decode()
            label = reading.nearest.label
            words = f"{one.file}: among the {label}s, costs {reading.cost:.1f} nats"
            name = f"![{article(label)} {label}](data:image/png;base64,{icon})"
            st.button(
                name,
                key=f"sheet-{number}",
                help=plain(words),
                on_click=put_on_pad,
                args=(found, readings, number),
            )
    state = session()
    with st.container(horizontal=True, gap="small"):
        name, help = "Integrate log p(x) of each", explain("log p(x)")
        if st.button(name, key=EXACT, disabled=state.integrated, help=help):
            state.integrated = True
        evidence = [integrated(loaded, one.digit) if state.integrated else None for one in found]
        text = table(found, readings, evidence)
        name = "Download a table (CSV)"
        st.download_button(name, text, "digits.csv", "text/csv", on_click="ignore")


def integrated(loaded: Loaded, digit: Digit) -> float:
    """log p(x) of a digit, nats, as soon as it is there."""
    ask = partial(background.result, compute_evidence, loaded, digit.image.tobytes(), lane="truth")
    place = st.empty()
    while True:
        try:
            found: float = ask(patience=background.AGAIN)
        except Pending:
            place.caption("Integrating over the plane…")
        else:
            place.empty()
            return found


def compute_evidence(loaded: Loaded, digit: bytes) -> Generator[float, None, float]:
    """log p(x) of a digit's 784 bytes, nats, in steps."""
    pixels = torch.frombuffer(bytearray(digit), dtype=torch.uint8).view(28, 28)
    found = float("nan")
    for truth in inference.truths(loaded.checkpoint.model, pixels):
        found = truth.log_evidence
        yield found
    return found


def table(found: list[Found], readings: list[Reading], evidence: list[float | None]) -> str:
    """CSV: a row for each digit, with its place in prior deviations and its costs in nats."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["file", "z1", "z2", "reconstruction_nats", "kl_nats", "log_p_nats", "class", "share"]
    writer.writerow(head)
    for one, reading, nats in zip(found, readings, evidence, strict=True):
        row: list[Any] = [harmless(one.file), *reading.mean, reading.reconstruction, reading.kl]
        label, share = reading.nearest
        writer.writerow([*row, "" if nats is None else nats, label, round(share, 3)])
    return text.getvalue()


def harmless(name: str) -> str:
    """A file's name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name


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
