"""Where a run stands, as its directory says it, to everybody who may look."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from vae import strict_json
from vae.errors import RunError
from vae.files import read_regular, write_atomically

Phase = Literal[
    "waiting", "starting", "downloading", "training", "scoring", "finished", "stopped", "failed"
]
OVER = ("finished", "stopped", "failed")
MAX_STATE = 20_000  # bytes of the file
LARGEST = 2**53  # of any number in it


@dataclass(frozen=True)
class RunState:
    """Where a run stands. Times are seconds since 1970."""

    phase: Phase = "starting"
    pid: int = 0
    ticket: int = 0  # of a run that waits: the lowest is the next
    started: float = 0.0
    changed: float = 0.0
    epoch: int = 0  # finished epochs
    epochs: int = 0  # of the whole model, and then of the encoder alone
    refit_epochs: int = 0  # of these, the encoder's alone
    message: str = ""  # for the person at the screen
    paused: bool = False  # it waits until somebody lets it go on
    pause_at: int = -1  # the step after which it will, or does; -1 for none

    @property
    def counted(self) -> str:
        """The last finished epoch, counted as the settings count them."""
        whole = self.epochs - self.refit_epochs
        if self.epoch > whole:
            return f"epoch {self.epoch - whole} of {self.refit_epochs} of the encoder alone"
        return f"epoch {self.epoch} of {whole}"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase in OVER

    @property
    def trained(self) -> bool:
        """Whether its model will not change any more."""
        return self.over or self.phase == "scoring"


def kept(words: str, state: RunState) -> str:
    """The words, and what is left of the run."""
    if state.epoch == 0:
        return f"{words} No epoch was finished, so there is nothing to open."
    return f"{words} {state.counted.capitalize()} is kept."


def read(path: Path) -> RunState:
    """The state in a file that may come from a stranger.

    What this version does not know of is left out: a run may be of another one.

    Raises:
        RunError: if there is none, or it is not what `write` writes.
    """
    name = path.parent.name
    try:
        values = strict_json.parse(read_regular(path, MAX_STATE))
        if not isinstance(values, dict):
            raise ValueError("its state is not a set of names and values")
        known = {field.name: field for field in fields(RunState)}
        found: dict[str, Any] = {key: values[key] for key in values.keys() & known.keys()}
        for key, value in found.items():
            if not _fits(value, known[key].type, known[key].default):
                raise ValueError(f"{key} cannot be {value!r:.40}")
        return RunState(**found)
    except OSError as error:
        raise RunError(f"{name} is not a training run: {error.strerror or error}.") from error
    except ValueError as error:
        raise RunError(f"{name} is not a training run: {error!s:.200}.") from error


def _fits(value: object, kind: Any, default: Any) -> bool:
    if kind is int:
        return type(value) is int and min(0, default) <= value < LARGEST
    if kind is float:
        return isinstance(value, int | float) and type(value) is not bool and 0 <= value < LARGEST
    if kind in (str, bool):
        return type(value) is kind
    return isinstance(value, str) and value in get_args(kind)


def write(path: Path, state: RunState) -> None:
    """Put a state in the place of the one that was there.

    Raises:
        OSError: if the disk refuses.
    """
    write_atomically(path, json.dumps(asdict(state), indent=1).encode())
