"""How much a run may take of a machine that it shares, for whoever starts one from a page.

The command line is the machine's owner, who takes what there is.
"""

import os
import time
from pathlib import Path

EPOCHS = 2000  # of a run, those of the encoder alone included
SECONDS = 86_400  # that its process may live, pauses included
RUN_BYTES = 200_000_000  # of its directory
BYTES = 5_000_000_000  # of all run directories together
WAITING = 8  # runs in line


def limit(name: str) -> int:
    """A limit: `$LATENT_ATLAS_MAX_…`, or what this module has."""
    words = os.environ.get(f"LATENT_ATLAS_MAX_{name}", "")
    return int(words) if words.isdecimal() else int(globals()[name])


def size(folder: Path) -> int:
    """Bytes of the files in a folder, as far as they can be seen; links are not followed."""
    total, folders = 0, [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # it has gone meanwhile
            continue
    return total


def exceeded(folder: Path, since: float) -> str:
    """What a run has taken too much of, in a sentence; nothing while it has not.

    Args:
        since: when its process began, by `time.monotonic`.
    """
    if time.monotonic() - since > limit("SECONDS"):
        return f"It has had the {limit('SECONDS'):,} s that a run may take here."
    if size(folder) > limit("RUN_BYTES"):
        return f"It has filled the {limit('RUN_BYTES'):,} bytes that a run may take here."
    return ""
