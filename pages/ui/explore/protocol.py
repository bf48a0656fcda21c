"""What travels between the map in the browser and the server, both ways, with every limit of it.

The map sends a `Message` about its cursor, the server answers with a `Response`: the exact image
there. What takes longer (a layer, a path, samples, a file, a snippet; images too, where the model
is too large for the browser) is asked for one at a time: the map puts a `RequestMessage` into its
messages until a response brings its result, a `Refusal`, or the word that it is being computed.

There are two counters, each counted on one side and repeated by the other. `number` counts the
messages of the map. A response repeats the number of the last message that the server has read, so
the map knows whether it still waits, and which request a result belongs to: the one that it has
been sending since the message of a certain number. `revision` counts how often the server has put
the cursor somewhere: an address was opened, a visitor went back, took another checkpoint. A message
repeats the last revision that its map has heard of; one that left before the cursor was put
elsewhere is known by its old revision, and moves nothing.

Everything here may also be wrong: browsers belong to strangers. `explore.requests` and `ui.view`
read what comes, with the default for what makes no sense.

    python -m pages.ui.explore.protocol

writes the same constants and types for JavaScript.
"""

from pathlib import Path
from typing import Any, Literal, NamedTuple, NotRequired, TypeAlias, TypedDict

from pages.ui.components import jsdoc
from vae import config
from vae.latent import density, geocode, neighbours

TARGET = Path(__file__).parents[1] / "components" / "latent_map" / "protocol.js"

Place: TypeAlias = tuple[float, float]
Layer = Literal["nothing", "images", "density", "uncertainty", "stretch", "regions"]
Top = Literal["points", "contours", "nothing"]
Axes = Literal["z", "percentiles"]
PathName = Literal["straight", "geodesic"]
FileName = Literal["grid", "strip", "gif", "samples", "variations", "page", "pad"]
WhatName = Literal[
    "images",
    "layer",
    "path",
    "samples",
    "file",
    "snippet",
    "reading",
    "originals",
    "labels",
    "machine",
    "observed",
]
PartName = Literal["input", "encoder", "cloud", "plane", "decoder", "output", "costs"]
SnippetName = Literal["image", "digit", "layer", "grid", "path", "samples", "code"]


class Range(NamedTuple):
    """What a number may be, and what it is where nobody says."""

    low: float
    high: float
    usual: float
    step: float = 1


class ViewParts(TypedDict):
    """How the map is looked at; `ui.view.View` is the same for the server."""

    layer: Layer
    top: Top | None
    hidden: str  # classes, each once and in their order
    axes: Axes
    tiles: int
    a: Place | None
    b: Place | None
    window: tuple[float, float, float] | None


NEIGHBOURS = neighbours.COUNT  # nearest test digits that say what a place is most like
NEAR = 0.1  # prior deviations: test digits within this distance are near
BANDWIDTH = density.BANDWIDTH  # prior deviations that each test digit is spread in the density
PRIOR_SHARES = [0.5, 0.9, 0.99]  # of the prior, inside the rings on the map
TILES = Range(4, 30, 20)  # decoded images along each side, where they are the layer
SAMPLES = Range(4, 64, 24, step=4)  # drawn at a time
TEMPERATURE = Range(0, 2, 1, step=0.05)  # that they are drawn at
PIXELS = config.PIXELS  # of an image, a byte each
LARGEST = 8_000_000  # bytes of a decoder that a browser is sent; a larger one stays on the server
SLOWEST_MS = 6  # to decode an image between two frames; a Worker decodes what takes longer
FURTHEST_APART = 2  # of 255, the most that the browser's image may differ from PyTorch's
CHARACTERS = Range(1, geocode.LONGEST, 4)  # of a place's code
FRAMES = 31  # of a film along a path
EVERY = 3  # frame of it is on its strip, and both ends are
FRAME_MS = 100  # that each is shown, on the page as in a saved film
STRANGE = 0.97  # of the test digits that are less strange than a picture of which nothing is known
LABELS = 1000  # of test digits that are known at most, to tell the others
DRAWING = 1450  # characters of a drawing in an address
DECIMALS = 5  # of places in an address: at the deepest zoom less than the width of a pixel
FURTHEST = 100.0  # prior deviations: no map reaches so far
NARROWEST = 1e-5  # half of what is seen, at the least
PACE_MS = 250  # between two messages while dragging: the browser decodes for itself
PATIENCE_MS = 1500  # after which a message without a response no longer holds up the next
REST_MS = 900  # without a movement, after which the place is worth keeping in the address
AGAIN_MS = 250  # until what is still being computed is asked for again
LOST_MS = 2500  # without any response, after which a request is taken to be lost
USUAL_VIEW: ViewParts = {
    "layer": "nothing",
    "top": None,  # what the screen has room for
    "hidden": "",
    "axes": "z",
    "tiles": int(TILES.usual),
    "a": None,
    "b": None,
    "window": None,  # everything
}


class RequestMessage(TypedDict):
    """Asks for more than the image at the cursor; what it needs to know goes with it."""

    what: WhatName
    of: NotRequired[str]
    path: NotRequired[PathName]
    view: NotRequired[dict[str, str]]
    z: NotRequired[Place]
    places: NotRequired[list[Place]]
    x: NotRequired[Place]
    y: NotRequired[Place]
    selected: NotRequired[int | None]
    count: NotRequired[int]
    temperature: NotRequired[float]
    seed: NotRequired[int]
    characters: NotRequired[int]
    digit: NotRequired[str]  # 784 bytes in base64
    indices: NotRequired[list[int]]  # of test digits


class Message(TypedDict):
    """From the map: where the cursor is and how the map is looked at."""

    number: int
    revision: int | None
    z: Place
    hover: Place | None
    view: dict[str, str]
    selected: int | None
    request: RequestMessage | None
    settled: bool
    drawing: str  # what is on the pad, as its address has it
    given: int | None  # number of the last `Given` that it may have come from


class SelectedDigit(TypedDict):
    """The test digit whose point was clicked; images are 784 bytes in base64."""

    index: int
    label: int
    words: list[str]
    pending: bool
    original: str | None
    reconstruction: str


class LayerResult(TypedDict):
    """Float32 numbers and uint8 classes, in base64; regions have classes and a purity."""

    x: str
    y: str
    values: str
    low: NotRequired[float]
    high: NotRequired[float]
    classes: NotRequired[str]
    purity: NotRequired[float]


class ImagesResult(TypedDict):
    """Images of the places that were asked for, one after the other, in base64."""

    images: str


class FilmResult(TypedDict):
    """One path: its places, and the class that each is most like."""

    length: float
    places: list[Place]
    classes: list[int]
    shares: list[float]


class PathResult(TypedDict):
    """Both paths between the pins; a page without a server finds only the straight one."""

    straight: FilmResult
    geodesic: FilmResult | None


class SamplesResult(TypedDict):
    """Where samples fell."""

    z: list[Place]


class FileResult(TypedDict):
    """A file to take away: its content in base64, or where it is."""

    name: str
    type: str
    content: str
    address: str


class SnippetResult(TypedDict):
    """Code that reproduces what is seen."""

    text: str


class ReadingResult(TypedDict):
    """What PyTorch's encoder says of a digit, and which shares of test digits have less.

    `share` and `class_share` are of those that are less strange, `cost_share` of those that cost
    less.
    """

    mean: Place
    log_var: Place
    correlation: float
    reconstruction: float
    kl: float
    cost: float
    label: int
    share: float | None
    class_share: float | None
    cost_share: float | None


class LabelsResult(TypedDict):
    """Accuracies on all other test digits, from the places and labels of a few."""

    nearest: float
    spreading: float


class LayerRow(TypedDict):
    """A layer as it is called: its name in PyTorch, the shape of its answer, its parameters."""

    name: str
    kind: str
    shape: list[int]
    parameters: int


class Source(TypedDict):
    """Where in `vae/` something is done."""

    file: str
    line: int
    name: str
    text: str


class Part(TypedDict):
    """A part of a model: its layers in their order, and what does the work."""

    name: PartName
    layers: list[LayerRow]
    parameters: int
    sources: list[Source]


class MachineResult(TypedDict):
    """A model's parts; the address of its encoder, unless it is too large, and its size in MB."""

    parts: list[Part]
    encoder: str | None
    megabytes: float


class Results(TypedDict):
    """What each request brings."""

    images: ImagesResult
    layer: LayerResult
    path: PathResult
    samples: SamplesResult
    file: FileResult
    snippet: SnippetResult
    reading: ReadingResult
    originals: ImagesResult
    labels: LabelsResult
    machine: MachineResult
    observed: ImagesResult


class Waiting(TypedDict):
    """It is still being computed: ask again."""

    pending: Literal[True]


class Refusal(TypedDict):
    """It cannot be had, in words."""

    error: str


Result: TypeAlias = (
    ImagesResult
    | LayerResult
    | PathResult
    | SamplesResult
    | FileResult
    | SnippetResult
    | ReadingResult
    | LabelsResult
    | MachineResult
    | Waiting
    | Refusal
)


class Given(TypedDict):
    """What the server last put on the pad: of an address, or a picture that was uploaded.

    `others` are the places of more digits that came with it.
    """

    number: int
    drawing: str
    picture: str | None
    others: list[Place]


class Response(TypedDict):
    """From the server: the exact image at the cursor, or where the pointer hovers."""

    key: str
    number: int
    revision: int
    z: Place
    view: dict[str, str]
    at: Place
    image: str
    ms: float
    device: str
    value: float | None
    selected: SelectedDigit | None
    result: Result | None
    given: Given


class Contour(TypedDict):
    """Closed lines that enclose a share of a class, each as x, y, x, y and so on."""

    label: int
    share: float
    lines: list[list[float]]


class PlaneHeader(TypedDict):
    """What goes before the numbers of a packed plane; x and y are the ends of the map."""

    name: str
    x: Place
    y: Place
    points: int
    islands: list[list[Place]]
    contours: list[Contour]
    prior: list[tuple[float, float]]
    kl: float


class MapData(TypedDict):
    """What a map is mounted with: where its files are. A decoder that is too large has no address.

    `megabytes` is the decoder's size.
    """

    key: str
    plane: str
    decoder: str | None
    megabytes: float


class DigitData(MapData):
    """What the pad's page has besides: an encoder, and twenty test digits of 784 bytes each."""

    encoder: str | None
    samples: str


class ReportData(MapData):
    """What the report card's map has besides: where the scores are; or why there are none, yet."""

    scores: str | None
    pending: bool  # they are being computed
    words: str


class TrainingData(TypedDict):
    """Whose training the map shows: as it goes on, or moment by moment as it was.

    `mine` is the visitor's own digit, 784 bytes in base64.
    """

    name: str
    live: bool
    mine: str | None


class Example(TypedDict):
    """A test digit, what it costs in nats, and what comes back; images are 784 bytes in base64."""

    standing: Literal["cheapest", "median", "dearest"]  # among those of its class
    index: int
    label: int
    cost: float
    original: str
    reconstruction: str


class Scores(TypedDict):
    """What each test digit costs, float32 nats in base64, and between which ends to colour it."""

    costs: str
    low: float
    high: float
    examples: list[Example]


class SavedData(DigitData):
    """What a page without a server has in the server's stead; files are named as they are there."""

    layers: str  # a LayerResult for each of their names
    originals: str  # 784 bytes for each test digit of `indices`
    indices: list[int]


def spell(value: float) -> str:
    """A number as addresses have it: no more than five decimals, and no zeros at their end."""
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")


def script(names: dict[str, Any]) -> str:
    """The module protocol.js."""
    head = (
        "// Written by `python -m pages.ui.explore.protocol`, where each constant is explained.\n\n"
    )
    own = {n: v for n, v in names.items() if n != "TARGET"}
    return head + jsdoc.module(own, {"USUAL_VIEW": ViewParts})


if __name__ == "__main__":
    TARGET.write_text(script(globals()), "utf-8")
