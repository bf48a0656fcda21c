"""Whether a model notices a digit that it has never seen.

    python -m benchmarks.anomaly --keep DIR [--digits 1 4] [--quick] [--json]

One digit after the other is left out of training; the model of the nine others scores the test
images of MNIST, and the area under the ROC curve says how well a score tells those of the digit
that was left out. Each model is kept in DIR, and not trained again where it is there already.

The score is chosen by validation images: 4,000 training images of the nine digits that were held
back, and the last 1,000 training images of the one that was left out, which no model has seen.
Their labels serve for nothing but the choice of one score for all ten models. Another 4,000 of the
nine are those that some scores compare with.
"""

import argparse
import json
import tempfile
from pathlib import Path
from statistics import mean

import torch
from sklearn.metrics import roc_auc_score

from benchmarks.left_out import HELD, model_without, without
from benchmarks.scores import measure, scores
from vae.data import sets
from vae.data.sets import Dataset, Split, hold_back
from vae.model import VAE

PUBLISHED = (0.96, 0.73, 0.97, 0.94, 0.73, 0.92, 0.95, 0.77, 0.92, 0.66)
ANOMALIES = 1000  # training images of the digit that was left out, to choose a score by
Areas = dict[str, float]  # of each score


def areas(model: VAE, data: Dataset, digit: int) -> dict[str, Areas]:
    """The area under the ROC curve of every score, on validation and on test images."""
    held = hold_back(without(data, digit), HELD)[1]
    known, others = (
        Split(*(part[rows] for part in held))
        for rows in (slice(0, HELD // 2), slice(HELD // 2, None))
    )
    left_out = Split(*(part[data.train.labels == digit][-ANOMALIES:] for part in data.train))
    validation = Split(*(torch.cat(parts) for parts in zip(others, left_out, strict=True)))
    compared = measure(model, known)
    found: dict[str, Areas] = {}
    for name, split in {"validation": validation, "test": data.test}.items():
        truth = (split.labels == digit).numpy()
        found[name] = {
            score: float(roc_auc_score(truth, values.numpy()))
            for score, values in scores(measure(model, split), compared).items()
        }
    return found


def show(found: dict[int, dict[str, Areas]]) -> str:
    """Print the table; the name of the score that was chosen."""
    names = next(iter(found.values()))["validation"]
    means = {
        name: tuple(
            mean(one[part][name] for one in found.values()) for part in ("validation", "test")
        )
        for name in names
    }
    chosen = max(means, key=lambda name: means[name][0])
    print(
        f"{'left out':<48}{'validation':>10}{''.join(f'{digit:>6}' for digit in found)}{'mean':>7}"
    )
    print(f"{'published, latent size 2':<58}", end="")
    print("".join(f"{PUBLISHED[digit]:6.2f}" for digit in found), end="")
    print(f"{mean(PUBLISHED[digit] for digit in found):7.3f}")
    for name, (on_validation, on_test) in means.items():
        each = "".join(f"{one['test'][name]:6.3f}"[:6] for one in found.values())
        mark = "*" if name == chosen else " "
        print(f"{mark}{name:<47}{on_validation:10.3f}{each}{on_test:7.3f}")
    print("* has the best mean on validation images; all other figures are on test images")
    return chosen


def main() -> None:
    """Train what is not there, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--keep", type=Path, help="the folder of the models")
    parser.add_argument("--digits", type=int, nargs="+", choices=range(10), default=range(10))
    parser.add_argument("--quick", action="store_true", help="one epoch, and two digits")
    parser.add_argument("--json", action="store_true", help="the table as JSON, at the end")
    asked = parser.parse_args()
    data = sets.load("mnist")
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        found: dict[int, dict[str, Areas]] = {}
        seconds = 0.0
        for digit in asked.digits[:2] if asked.quick else asked.digits:
            checkpoint = model_without(data, digit, folder, asked.quick)
            found[digit] = areas(checkpoint.model, data, digit)
            seconds += checkpoint.made["seconds"]
    chosen = show(found)
    print(f"{len(found)} models, trained in {seconds / 60:.0f} minutes")
    if asked.json:
        told = {"chosen": chosen, "published": PUBLISHED, "seconds": seconds, "areas": found}
        print(json.dumps(told))


if __name__ == "__main__":
    main()
