"""The command line: python -m vae train | sweep | evaluate | encode | decode | export | list.

Each command imports what it needs once it has been asked for: torch and SciPy take seconds, which
nobody should wait for who has mistyped, or wants to know which commands there are.
"""

import json
import logging
import math
import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from vae import library
from vae.config import Config, DeviceName
from vae.errors import CheckpointError, ConfigError, ImageError, RunError, VAEError
from vae.files import write_atomically
from vae.training import flags, processes, runs
from vae.training.runs import Run

if TYPE_CHECKING:
    from torch import Tensor

    from vae.store.checkpoint import Checkpoint
    from vae.training.trainer import Report


def train(arguments: Namespace) -> None:
    from vae import memory
    from vae.training import job, pipeline

    memory.keep()
    run, config, resumed = plan(arguments)
    epochs = config.train.all_epochs
    judge = "validation" if config.train.validation else "test"
    reports = pipeline.execute(config, run, not arguments.no_card, resumed)
    try:
        for report in reports:
            say(arguments, pipeline.entry(report), progress_line(report, epochs, judge))
    finally:
        job.tend()  # whoever is next in line
    if processes.is_follower():
        return  # the first process says the rest
    path = run.checkpoint
    if arguments.out and path.is_file():
        save_as(path, arguments.out)
        path = arguments.out
    if not arguments.json:
        print(f"{path}")


def plan(arguments: Namespace) -> tuple[Run, Config, bool]:
    """The run, what it trains, and whether it goes on."""
    run = Run(arguments.run) if arguments.run else None
    if run is None:
        if arguments.resume:
            raise ConfigError("--resume goes on with a run: name its directory by --run DIR.")
        if processes.count() > 1:
            raise ConfigError("Several processes share a run: name its directory by --run-dir DIR.")
    given = flags.given(arguments)
    if run is None or not run.settings.exists():
        config = flags.parse(arguments)
        return run or runs.create(config), config, False
    config = run.config()
    if given and not (arguments.resume and flags.parse(arguments) == config):
        raise ConfigError(
            f"{run.settings} says already what to train: leave out {', '.join(given)}, "
            "or name another directory."
        )
    return run, config, arguments.resume and (run.folder / "state.json").exists()


def progress_line(report: "Report", epochs: int, judge: str) -> str:
    exact = "" if report.evidence is None else f"   exact, training {report.evidence:8.2f}"
    return (
        f"epoch {report.epoch:>3}/{epochs}   {judge} ELBO {report.held.elbo:8.2f} nats"
        f"   reconstruction {report.held.reconstruction:7.2f}   KL {report.held.kl:5.2f}{exact}"
        f"   {report.seconds:5.1f} s"
    )


def save_as(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, source.read_bytes())
    except OSError as error:
        raise CheckpointError(
            f"{target} could not be written: {error.strerror or error}. "
            f"The trained model is kept in {source}."
        ) from error


def sweep(arguments: Namespace) -> None:
    from vae import memory

    if not find_spec("optuna"):
        raise RunError("A sweep needs Optuna: pip install -r requirements-sweep.txt")
    from vae.sweep import command

    memory.keep()
    config = flags.parse(arguments)
    for values, words in command.run(
        arguments.name or arguments.recipe,
        config,
        arguments.trials,
        arguments.search,
        arguments.storage,
    ):
        say(arguments, values, words)


def evaluate(arguments: Namespace) -> None:
    from vae import memory
    from vae.data import sets
    from vae.evaluate import report_card

    memory.keep()
    found = open_checkpoint(arguments)
    dataset = sets.load(found.config.train.dataset)
    figures = report_card(found.model, dataset, found.config.train.validation)
    figures["bytes"] = path_of(arguments).stat().st_size
    figures["training"] = found.made  # when, how many seconds, on what
    say(arguments, figures, "\n".join(card_lines(figures)))


def card_lines(figures: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from card_lines(value, indent + "  ")
        else:
            words = f"{value:,.4f}" if isinstance(value, float) else f"{value}"
            yield f"{indent}{name:<{32 - len(indent)}}{words}"


def encode(arguments: Namespace) -> None:
    from vae import codec
    from vae.digit import inference
    from vae.latent.neighbours import Neighbours, article

    found = open_checkpoint(arguments)
    names, shown = inputs(arguments.image, found.model.config.side)
    neighbours = Neighbours(found.encoded.mean, found.labels)
    rows: list[dict[str, Any]] = [
        {
            "file": name,
            "mean": list(read.mean),
            "std": list(read.std),
            "reconstruction": read.reconstruction,
            "kl": read.kl,
            "nearest_class": read.nearest.label,
        }
        for name, read in zip(names, inference.read(found.model, neighbours, shown), strict=True)
    ]
    lines = [
        f"{row['file']}   z = ({row['mean'][0]:.3f}, {row['mean'][1]:.3f})   "
        f"reconstruction {row['reconstruction']:.1f}   KL {row['kl']:.2f} nats   "
        f"most like {article(row['nearest_class'])} {row['nearest_class']}"
        for row in rows
    ]
    if arguments.method == "exact":
        true = codec.encode(found.model, shown, "exact")
        for place, row in enumerate(rows):
            row |= {f"exact_{name}": part[place].tolist() for name, part in true._asdict().items()}
            x, y = row["exact_mode"]
            lines[place] += (
                f"   exact: mode ({x:.3f}, {y:.3f}), log p {row['exact_log_evidence']:.1f}"
            )
    say(arguments, rows, "\n".join(lines))


def inputs(paths: list[Path], side: int) -> "tuple[list[str], Tensor]":
    """Pictures of digits or of rows of digits; or, from one .csv file, a plain vector a line."""
    import numpy as np
    import torch

    from vae.digit import image

    if [path.suffix.lower() for path in paths] != [".csv"]:
        names, digits = [], []
        for path in paths:
            first = image.read_file(path)
            for place, digit in enumerate((first, *first.others), 1):
                names.append(f"{path}:{place}" if first.others else str(path))
                digits.append(torch.from_numpy(digit.image))
        return names, torch.stack(digits)
    (path,) = paths
    try:
        with warnings.catch_warnings(action="error"):  # an empty file is only warned about
            rows = np.loadtxt(path, delimiter=",", ndmin=2, dtype=np.float32)
    except (OSError, ValueError, UserWarning) as error:
        raise ImageError(f"{path} cannot be read as lines of numbers: {error}.") from error
    if rows.shape[1:] != (side**2,) or not ((rows >= 0) & (rows <= 1)).all():
        raise ImageError(
            f"Each line of {path} must have {side**2} numbers from 0 to 1, with commas between."
        )
    return [f"{path}:{line}" for line in range(1, len(rows) + 1)], torch.from_numpy(rows)


def decode(arguments: Namespace) -> None:
    if not all(map(math.isfinite, arguments.z)):
        raise ConfigError("--z must be two finite numbers.")
    import torch
    from PIL import Image

    from vae import codec

    pixels = codec.decode(open_checkpoint(arguments).model, torch.tensor([arguments.z]))[0].numpy()
    try:
        Image.fromarray(pixels).save(arguments.out, format="PNG")
    except OSError as error:
        raise VAEError(
            f"{arguments.out} could not be written: {error.strerror or error}."
        ) from error
    say(arguments, {"file": str(arguments.out), "z": arguments.z}, str(arguments.out))


def export(arguments: Namespace) -> None:
    if not (arguments.onnx or arguments.html):
        raise ConfigError("Say what to write: --onnx DIR or --html FILE.")
    found, files = open_checkpoint(arguments), []
    if arguments.onnx:
        from vae.store import onnx

        files += onnx.export(found.model, arguments.onnx)
    if arguments.html:
        files.append(save_page(arguments, found))
    say(arguments, {"files": [str(path) for path in files]}, "\n".join(map(str, files)))


def save_page(arguments: Namespace, found: "Checkpoint") -> Path:
    # The map is the app's, which vae/ does not know: only this command reaches up to it.
    from pages.ui.components import saved_page
    from vae.data import sets

    images = sets.originals(found.config.train.dataset, found.labels)
    originals = None if images is None else images.numpy()
    page = saved_page.write(
        path_of(arguments).stem, found, originals, arguments.encoder, arguments.pad
    )
    try:
        arguments.html.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(arguments.html, page.encode())
    except OSError as error:
        raise VAEError(
            f"{arguments.html} could not be written: {error.strerror or error}."
        ) from error
    return arguments.html


def list_checkpoints(arguments: Namespace) -> None:
    from vae.store import checkpoint

    rows: list[dict[str, Any]] = []
    for name, path in library.checkpoints().items():
        row: dict[str, Any] = {"name": name, "file": str(path)}
        try:
            found = checkpoint.describe(path)
            row |= {
                "dataset": found.config.train.dataset,
                "elbo": found.metrics["elbo"],
                "unit": found.metrics.get("unit", "nats per image"),
                "judged_on": found.made.get("judged_on", "test images"),
            }
        except CheckpointError as error:
            row["error"] = str(error)
        rows.append(row)
    lines = (f"{row['name']:<28} {row.get('error') or describe(row)}" for row in rows)
    say(arguments, rows, "\n".join(lines) or "No checkpoints yet: python -m vae train")


def describe(row: dict[str, Any]) -> str:
    return (
        f"{row['dataset']}   ELBO {row['elbo']:8.2f} {row['unit']}, {row['judged_on']}"
        f"   {row['file']}"
    )


def open_checkpoint(arguments: Namespace) -> "Checkpoint":
    from vae import device
    from vae.store import checkpoint

    return checkpoint.load(path_of(arguments), device.resolve(arguments.device))


def path_of(arguments: Namespace) -> Path:
    # On the command line a path is the person's own business; a bare name is looked up.
    path = Path(arguments.checkpoint)
    return path if path.is_file() else library.find(arguments.checkpoint)


def say(arguments: Namespace, values: object, words: str) -> None:
    print(json.dumps(values) if arguments.json else words, flush=True)


class OneLineParser(ArgumentParser):
    """Whoever mistypes reads one line, not the whole usage."""

    def error(self, message: str) -> NoReturn:
        """End the program."""
        self.exit(2, f"error: {message}. {self.prog} --help explains.\n")


def parser() -> ArgumentParser:
    main = OneLineParser(prog="python -m vae", description="A VAE with two latent dimensions.")
    commands = main.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, words: str, run: Any) -> ArgumentParser:
        sub = commands.add_parser(name, help=words, description=words)
        sub.set_defaults(run_command=run)
        sub.add_argument("--json", action="store_true", help="print the results as JSON")
        return sub

    sub = command("train", "Train a model and print its progress.", train)
    flags.add(sub)
    sub.add_argument(
        "--run",
        "--run-dir",  # torchrun takes --run for the beginning of an option of its own
        type=Path,
        metavar="DIR",
        help="keep the run here; its config.json, if any, is what to train",
    )
    sub.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in --run DIR, if there is one already, where its process ended",
    )
    sub.add_argument(
        "--out", type=Path, metavar="FILE", help="put the finished checkpoint here too"
    )
    sub.add_argument("--no-card", action="store_true", help="end without the report card")

    words = "Search the settings of a recipe: many trials, each a run."
    sub = command("sweep", words, sweep)
    sub.add_argument("recipe", metavar="RECIPE", help="what is searched around: as train --recipe")
    sub.add_argument(
        "--trials", type=int, required=True, metavar="N", help="in all, with those of others"
    )
    sub.add_argument("--name", metavar="NAME", help="of the sweep (default: the recipe's)")
    sub.add_argument(
        "--search",
        action="append",
        default=[],
        metavar="NAME=LOW:HIGH[:log]",
        help="search a setting in this range; may be said again for another",
    )
    sub.add_argument(
        "--storage",
        metavar="URL",
        help="a database for workers that share no folder (default: a journal beside the runs)",
    )
    flags.add_settings(sub)

    words = "Score a checkpoint on the test images of its data set."
    for sub in (
        (exporting := command("export", "Write a model for programs without PyTorch.", export)),
        command("evaluate", words, evaluate),
        (encoding := command("encode", "Find the place of pictures on the plane.", encode)),
        (decoding := command("decode", "Draw the image at a place of the plane.", decode)),
    ):
        sub.add_argument("checkpoint", metavar="CHECKPOINT", help="a file, or a name from `list`")
        sub.add_argument("--device", default="auto", choices=DeviceName.__args__)
    encoding.add_argument(
        "image",
        type=Path,
        nargs="+",
        metavar="IMAGE",
        help="pictures, or one .csv of vectors",
    )
    encoding.add_argument(
        "--method",
        choices=("encoder", "exact"),
        default="encoder",
        help="exact: also the true posterior, which needs no encoder",
    )
    decoding.add_argument("--z", type=float, nargs=2, required=True, metavar=("X", "Y"))
    decoding.add_argument("--out", type=Path, required=True, metavar="FILE.png")

    exporting.add_argument(
        "--onnx", type=Path, metavar="DIR", help="put encoder.onnx and decoder.onnx there"
    )
    exporting.add_argument(
        "--html", type=Path, metavar="FILE", help="write the live map as one page, without a server"
    )
    exporting.add_argument(
        "--encoder", action="store_true", help="put the encoder into that page too: larger by half"
    )
    exporting.add_argument(
        "--pad", action="store_true", help="let that page be the pad beside the map, to draw on"
    )

    command("list", "List the checkpoints at hand.", list_checkpoints)
    return main


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")  # to stderr
    try:
        arguments.run_command(arguments)
    except VAEError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
