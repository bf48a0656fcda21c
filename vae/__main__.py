"""The command line: python -m vae train | evaluate | encode | decode | list."""

import json
import logging
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, NoReturn

import torch
from PIL import Image

from vae import checkpoint, data, device, flags, image, library, pipeline, runs, score
from vae.checkpoint import Checkpoint
from vae.config import DeviceName
from vae.errors import CheckpointError, ConfigError, VAEError
from vae.files import write_atomically
from vae.model import decode
from vae.neighbours import Neighbours
from vae.runs import Run
from vae.train import Report


def train(arguments: Namespace) -> None:
    config = flags.parse(arguments)
    run = Run(arguments.run) if arguments.run else runs.create(config)
    for report in pipeline.execute(config, run):
        entry = pipeline.entry(report)
        say(arguments, entry, progress_line(report, config.train.epochs))
    path = run.checkpoint
    if arguments.out and path.is_file():
        save_as(path, arguments.out)
        path = arguments.out
    if not arguments.json:
        print(f"{path}")


def progress_line(report: Report, epochs: int) -> str:
    return (
        f"epoch {report.epoch:>3}/{epochs}   test ELBO {report.test.elbo:8.2f} nats"
        f"   reconstruction {report.test.reconstruction:7.2f}   KL {report.test.kl:5.2f}"
        f"   {report.seconds:5.1f} s"
    )


def save_as(source: Path, target: Path) -> None:
    try:
        write_atomically(target, source.read_bytes())
    except OSError as error:
        raise CheckpointError(
            f"{target} could not be written: {error.strerror or error}. "
            f"The trained model is kept in {source}."
        ) from error


def evaluate(arguments: Namespace) -> None:
    found = open_checkpoint(arguments)
    figures = score.report_card(found, data.load(found.config.train.dataset))
    say(
        arguments,
        figures,
        f"ELBO {figures['elbo']:.2f}, reconstruction {figures['reconstruction']:.2f}, "
        f"KL {figures['kl']:.2f} {figures['unit']} ({figures['images']:,} {figures['dataset']} "
        f"test images, {figures['parameters']:,} parameters, on {figures['device']})",
    )


def encode(arguments: Namespace) -> None:
    found = open_checkpoint(arguments)
    digits = torch.stack([torch.from_numpy(image.read_file(p).image) for p in arguments.image])
    neighbours = Neighbours(found.encoded.mean, found.labels)
    rows = [
        {
            "file": str(path),
            "mean": list(reading.mean),
            "std": list(reading.std),
            "reconstruction": reading.reconstruction,
            "kl": reading.kl,
            "nearest_class": reading.nearest.label,
        }
        for path, reading in zip(
            arguments.image, score.read(found.model, neighbours, digits), strict=True
        )
    ]
    lines = (
        f"{row['file']}   z = ({row['mean'][0]:.3f}, {row['mean'][1]:.3f})   "
        f"reconstruction {row['reconstruction']:.1f}   KL {row['kl']:.2f} nats   "
        f"most like a {row['nearest_class']}"
        for row in rows
    )
    say(arguments, rows, "\n".join(lines))


def decode_to_file(arguments: Namespace) -> None:
    z = torch.tensor([arguments.z])
    if not torch.isfinite(z).all():
        raise ConfigError("--z must be two finite numbers.")
    pixels = decode(open_checkpoint(arguments).model, z)[0].numpy()
    try:
        Image.fromarray(pixels).save(arguments.out, format="PNG")
    except OSError as error:
        raise VAEError(
            f"{arguments.out} could not be written: {error.strerror or error}."
        ) from error
    say(arguments, {"file": str(arguments.out), "z": arguments.z}, str(arguments.out))


def list_checkpoints(arguments: Namespace) -> None:
    rows: list[dict[str, Any]] = []
    for name, path in library.checkpoints().items():
        row: dict[str, Any] = {"name": name, "file": str(path)}
        try:
            found = checkpoint.load(path)
            row |= {"dataset": found.config.train.dataset, "elbo": found.metrics.get("elbo")}
        except CheckpointError as error:
            row["error"] = str(error)
        rows.append(row)
    lines = (f"{row['name']:<28} {row.get('error') or describe(row)}" for row in rows)
    say(arguments, rows, "\n".join(lines) or "No checkpoints yet: python -m vae train")


def describe(row: dict[str, Any]) -> str:
    elbo = "" if row["elbo"] is None else f"   test ELBO {row['elbo']:.2f} nats"
    return f"{row['dataset']}{elbo}   {row['file']}"


def open_checkpoint(arguments: Namespace) -> Checkpoint:
    # On the command line a path is the person's own business; a bare name is looked up.
    path = Path(arguments.checkpoint)
    if not path.is_file():
        path = library.find(arguments.checkpoint)
    return checkpoint.load(path, device.resolve(arguments.device))


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
    sub.add_argument("--run", type=Path, metavar="DIR", help="keep the run in this directory")
    sub.add_argument(
        "--out", type=Path, metavar="FILE", help="put the finished checkpoint here too"
    )

    words = "Score a checkpoint on the test images of its data set."
    for sub in (
        command("evaluate", words, evaluate),
        (encoding := command("encode", "Find the place of pictures on the plane.", encode)),
        (decoding := command("decode", "Draw the image at a place of the plane.", decode_to_file)),
    ):
        sub.add_argument("checkpoint", metavar="CHECKPOINT", help="a file, or a name from `list`")
        sub.add_argument("--device", default="auto", choices=DeviceName.__args__)
    encoding.add_argument("image", type=Path, nargs="+", metavar="IMAGE")
    decoding.add_argument("--z", type=float, nargs=2, required=True, metavar=("X", "Y"))
    decoding.add_argument("--out", type=Path, required=True, metavar="FILE.png")

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
