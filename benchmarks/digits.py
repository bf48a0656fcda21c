"""What becomes of people's own digits: on the way in, on the plane, and back.

    python -m benchmarks.digits [--checkpoint NAME] [--keep FOLDER] [--only CONDITION] [--json]
    python -m benchmarks.digits --rendered [--count N]

The pictures are those of tests/digits: all ten digits in several hands and under many conditions.
Printed are shares: *read*, the classifier of `benchmarks.classifier` reads the 28×28 image of the
way in as what was drawn; *among*, most of the nearest test digits are of its class; *comes back*,
the classifier reads the decoded image as what was drawn. The last two for the mean of the encoder's
posterior, and for the mode of the true one. MNIST's own test digits stand beside them.

--rendered draws test digits of MNIST large, sends them through every condition but those of the
pen, and prints the share that lands within 0.3 prior deviations of where their originals do; and
beside it what a shift by one pixel does to the originals themselves.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from benchmarks.classifier import classify, kept
from tests.digits.conditions import CONDITIONS, SIDE, picture
from tests.digits.hands import HANDS
from vae import library
from vae.codec import decode, encode
from vae.data import sets
from vae.data.pixels import observe
from vae.digit import picture as files
from vae.digit.normalise import normalise
from vae.errors import ImageError
from vae.exact import integrate
from vae.latent.neighbours import Neighbours
from vae.store import checkpoint
from vae.store.checkpoint import Checkpoint

POINTS = 2**16  # of the lattice: 0.01 apart in the middle of the plane
NEAR = 0.3  # prior deviations
PENS = ("thin", "marker")  # conditions of the pen alone: a rendered digit has its own strokes
LARGE = 20  # times that a rendered test digit is enlarged


class Case(NamedTuple):
    """One picture, and the image that came of it."""

    digit: int
    hand: str
    condition: str
    image: Tensor  # (28, 28) uint8, empty where the picture was refused


class Outcome(NamedTuple):
    """What became of N images: (N,) booleans each."""

    read: Tensor
    among: Tensor
    back: Tensor
    among_exact: Tensor
    back_exact: Tensor


WORDS = ("read", "among", "comes back", "among, exact", "comes back, exact")


def cases(only: str | None = None) -> Iterator[Case]:
    """Every picture of the corpus on its way in."""
    for condition in CONDITIONS:
        for digit, hands in HANDS.items() if only in (None, condition) else ():
            for hand in hands:
                yield Case(digit, hand, condition, way_in(picture(digit, hand, condition)))


def way_in(source: bytes) -> Tensor:
    """(28, 28) uint8: the digit in a file; empty where there is none."""
    try:
        return torch.from_numpy(normalise(files.decode(source)).image)
    except ImageError:
        return torch.zeros(28, 28, dtype=torch.uint8)


def judge(found: Checkpoint, network: nn.Sequential, images: Tensor, labels: Tensor) -> Outcome:
    """What becomes of images (N, 28, 28) uint8 that show these digits (N,)."""
    model, neighbours = found.model, Neighbours(found.encoded.mean, found.labels)
    mean = encode(model, images).mean.cpu()
    mode = integrate(model, observe(images, model.config), POINTS).mode.cpu()
    parts = [classify(network, images) == labels]
    for z in (mean, mode):
        among = torch.from_numpy(neighbours.winners(z)[0]) == labels
        parts += [among, classify(network, decode(model, z)) == labels]
    return Outcome(*parts)


def shares(outcome: Outcome, rows: Tensor) -> dict[str, float]:
    """The share of some rows, by name."""
    return {
        word: round(float(part[rows].float().mean()), 4)
        for word, part in zip(WORDS, outcome, strict=True)
    } | {"pictures": int(rows.sum())}


def own(found: Checkpoint, network: nn.Sequential, only: str | None) -> dict[str, dict[str, float]]:
    """The corpus, by condition and by digit, and MNIST's test digits."""
    every = list(cases(only))
    digits = torch.tensor([case.digit for case in every])
    outcome = judge(found, network, torch.stack([case.image for case in every]), digits)
    names = [case.condition for case in every]
    rows = {}
    for condition in dict.fromkeys(names):
        rows[condition] = shares(outcome, torch.tensor([name == condition for name in names]))
    for digit in HANDS:
        rows[f"all {digit}"] = shares(outcome, digits == digit)
    rows["all"] = shares(outcome, torch.ones(len(every), dtype=torch.bool))
    hands: dict[str, float] = {}
    for case, back in zip(every, outcome.back.tolist(), strict=True):
        hands[f"{case.digit} {case.hand}"] = hands.get(f"{case.digit} {case.hand}", 0) + (not back)
    rows["do not come back, by hand"] = {
        hand: count for hand, count in sorted(hands.items(), key=lambda row: -row[1]) if count
    }
    test = sets.load_test("mnist")
    itself = judge(found, network, test.images, test.labels)
    rows["MNIST's test digits"] = shares(itself, torch.ones(len(test.labels), dtype=torch.bool))
    return rows


def rendered(found: Checkpoint, count: int, only: str | None) -> dict[str, dict[str, float]]:
    """Test digits drawn large, through every condition: the share that lands near the original."""
    originals = sets.load_test("mnist").images[:count]
    aim = encode(found.model, originals).mean.cpu()

    def apart(images: Tensor) -> dict[str, float]:
        distance = (encode(found.model, images).mean.cpu() - aim).norm(dim=1)
        return {
            f"within {NEAR}": round(float((distance <= NEAR).float().mean()), 4),
            "median distance": round(float(distance.median()), 4),
            "pictures": count,
        }

    rows = {"original, a pixel to the right": apart(originals.roll(1, 2))}
    for condition, make in CONDITIONS.items():
        if condition in PENS or only not in (None, condition):
            continue
        images = torch.stack([way_in(make(Enlarged(one.numpy()))) for one in originals])
        rows[condition] = apart(images)
    return rows


class Enlarged:
    """A digit of MNIST in the place of a hand's: what `tests.digits.conditions.mask` would draw."""

    def __init__(self, image: np.ndarray) -> None:
        self.image = image

    def __call__(
        self,
        width: float | None = None,
        size: tuple[int, int] = (SIDE, SIDE),
        height: float | None = None,
        middle: tuple[float, float] | None = None,
        angle: float = 0.0,
    ) -> Image.Image:
        """Its ink on a page; the strokes' own width stays, whatever the pen is."""
        side = LARGE * len(self.image)
        large = Image.fromarray(self.image).resize((side, side), Image.Resampling.BICUBIC)
        turned = large.rotate(-angle, Image.Resampling.BICUBIC)
        # The ink is 20 of the 28 pixels high or wide.
        scale = (height or 0.53 * min(size)) / 20 * len(self.image)
        small = turned.resize((round(scale), round(scale)), Image.Resampling.BOX)
        page = Image.new("L", size)
        x, y = middle or (size[0] / 2, size[1] / 2)
        page.paste(small, (round(x - small.width / 2), round(y - small.height / 2)))
        return page


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--checkpoint", default=library.DEFAULT, help="as `vae list` shows it")
    parser.add_argument("--keep", type=Path, help="a folder for the classifier")
    parser.add_argument("--only", choices=CONDITIONS, help="one condition")
    parser.add_argument("--rendered", action="store_true", help="test digits, drawn large")
    parser.add_argument("--count", type=int, default=1000, help="of rendered test digits")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    found = checkpoint.load(library.checkpoints()[arguments.checkpoint])
    if arguments.rendered:
        rows = rendered(found, arguments.count, arguments.only)
    else:
        rows = own(found, kept(arguments.keep), arguments.only)
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return
    for name, row in rows.items():
        print(f"{name:<20} " + "; ".join(f"{word} {tell(word, x)}" for word, x in row.items()))


def tell(word: str, figure: float) -> str:
    """A share in per cent, anything else as it is."""
    share = isinstance(figure, float) and "distance" not in word
    return f"{figure:.1%}" if share else str(figure)


if __name__ == "__main__":
    main()
