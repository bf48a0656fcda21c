"""The committed lives of two runs, for the time machine of whoever has not trained anything yet.

    python -m benchmarks.timelines [--run NAME=DIR]

Trains what is in `LIVES`, about ten minutes on two cores, and writes checkpoints/NAME.timeline; a
life that has been trained already is taken from its run directory. Their sheets of images are
compressed once more, as WebP, which a running trainer has no time for.
"""

import argparse
import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from vae.config import Config
from vae.files import write_atomically
from vae.recipes import recipe
from vae.training import timeline
from vae.training.packed import pack, unpack
from vae.training.pipeline import execute
from vae.training.run import Run
from vae.training.timeline import COMMITTED, SUFFIX, Timeline

MOST = 40  # snapshots of each
QUALITY = 45


def lives() -> dict[str, Config]:
    """The default model, and one whose KL is weighted so much that the encoder tells nothing."""
    plain = recipe("plain")
    collapsed = Config.from_dict(
        {
            "model": plain.model.as_dict(),
            "train": {**plain.train.as_dict(), "beta": 40, "epochs": 6},
        }
    )
    return {"default": recipe("default"), "collapsed": collapsed}


def smaller(snapshot: bytes) -> bytes:
    """The same, with its sheet of images as WebP where that is smaller."""
    header, parts = unpack(snapshot)
    found = io.BytesIO()
    Image.open(io.BytesIO(parts["sheet"].tobytes())).save(found, "WEBP", quality=QUALITY, method=6)
    sheet = np.frombuffer(found.getvalue(), np.uint8)
    return min(snapshot, pack(header, {**parts, "sheet": sheet}), key=len)


def keep(name: str, folder: Path) -> None:
    """Write the life in a run directory among the committed ones, and say how large it is."""
    found = timeline.read(folder, MOST)
    kept = {step: smaller(content) for step, content in found.snapshots.items()}
    content = Timeline(found.digits, found.curves, kept).pack()
    write_atomically(COMMITTED / f"{name}{SUFFIX}", content)
    largest = max(map(len, kept.values()))
    print(f"{name:<12}{len(kept)} snapshots, the largest {largest:,} bytes, all {len(content):,}")


def main() -> None:
    """Train what has not been, and keep the lives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="append", default=[], metavar="NAME=DIR")
    given = dict(words.split("=", 1) for words in parser.parse_args().run)
    for name, config in lives().items():
        with tempfile.TemporaryDirectory() as folder:
            if name not in given:
                for _ in execute(config, Run(Path(folder) / name), score=False):
                    pass
            keep(name, Path(given.get(name, f"{folder}/{name}")))


if __name__ == "__main__":
    main()
