"""A run directory: everything about one training run, in files.

    config.json          what was asked for
    state.json           phase, process, progress; replaced whole, so a reader never sees half of it
    metrics.jsonl        one line for each epoch
    changes.jsonl        settings that were changed while it ran
    last.safetensors     the checkpoint of the last finished epoch
    best.safetensors     that of the epoch with the best bound on held-out images
    resume.safetensors   what a killed training goes on from; see `vae.training.resume`
    log.txt              what the process printed
    lock, heartbeat      whose run it is; see `vae.training.hold`
    title.txt            what somebody has called it
    owner                whose it is, on a public server; see `vae.training.owner`
    cancel               exists once somebody has asked the run to stop

A page derives what it shows from these files alone, so a refresh, a second visitor or a restarted
server loses nothing. They may come from strangers: each is judged before it is believed.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vae import strict_json
from vae.config import Config, TrainConfig
from vae.errors import ConfigError, RunError
from vae.files import is_unfinished, read_regular, write_atomically
from vae.training import budget, figures, hold, state
from vae.training.hold import Hold
from vae.training.state import RunState, kept

MAX_CONFIG = 40_000  # bytes of config.json
MAX_TITLE = 60  # characters

_held: dict[Path, Hold] = {}  # of the runs whose trainer this process is


def root() -> Path:
    """Where runs are kept: `$LATENT_ATLAS_RUNS`, or `runs/` beside app.py."""
    return Path(os.environ.get("LATENT_ATLAS_RUNS") or Path(__file__).parents[2] / "runs")


@dataclass(frozen=True)
class Run:
    """One run directory.

    Args:
        beside: whether others may be trained meanwhile, as the trials of a sweep may.
    """

    folder: Path
    beside: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """What addresses and the command line call the run."""
        return self.folder.name

    @property
    def title(self) -> str:
        """What people call the run."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            words = read_regular(self.folder / "title.txt", 4 * MAX_TITLE).decode()
            return tidy(words) or self.name
        return self.name

    @property
    def checkpoint(self) -> Path:
        """The checkpoint of the last finished epoch; it may not exist yet."""
        return self.folder / "last.safetensors"

    @property
    def best(self) -> Path:
        """The checkpoint of the epoch with the best ELBO on held-out images."""
        return self.folder / "best.safetensors"

    @property
    def settings(self) -> Path:
        """What was asked for; it exists before the run does."""
        return self.folder / "config.json"

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self.folder / "log.txt"

    @property
    def alone(self) -> Path | None:
        """Where nobody else may train meanwhile; a directory of one's own is one's own business."""
        place = root()
        with contextlib.suppress(OSError):
            if not self.beside and self.folder.parent.samefile(place):
                return place
        return None

    def config(self) -> Config:
        """What was asked for.

        Raises:
            RunError: if the file is missing or has been damaged.
        """
        try:
            return Config.from_dict(strict_json.parse(read_regular(self.settings, MAX_CONFIG)))
        except OSError as error:
            raise RunError(
                f"The settings of {self.name} cannot be read: {error.strerror or error}."
            ) from error
        except (ValueError, ConfigError) as error:
            words = f"The settings of {self.name} cannot be read: {error!s:.300}"
            raise RunError(words.rstrip(".") + ".") from error

    def claim(self, config: Config) -> None:
        """Make this directory the run of this process, until it ends.

        Raises:
            RunError: if it holds another run already, another is trained beside it, or the disk
                refuses.
        """
        with self._explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            found = self._take()
            # A page has written the state of the process that it has just started: this one.
            if os.path.lexists(self.folder / "state.json") and not found.spawned:
                found.release()
                raise RunError(f"{self.folder} already holds a run; name another directory.")
            self._begin(found)
            self.write_config(config)

    def reclaim(self) -> None:
        """Make this process the trainer of a run whose own process is gone, until it ends.

        Raises:
            RunError: if there is no run, its process lives, another is trained beside it, or the
                disk refuses.
        """
        self.written_state()
        with self._explained():
            self._begin(self._take())
            (self.folder / "cancel").unlink(missing_ok=True)

    def release(self) -> None:
        """No longer be the trainer of this run."""
        if found := _held.pop(self.folder, None):
            found.release()

    def beat(self) -> None:
        """Go on training, if this process still may; looks at most once a second.

        Raises:
            RunError: if the directory is gone, another training has taken the place of one that
                stood still, or the run has had its share of time or disk.
        """
        found = _held.get(self.folder)
        if not found or time.monotonic() < found.beaten + hold.BEAT:
            return
        found.beaten = time.monotonic()
        self._check(found)
        if found.spawned and (words := budget.exceeded(self.folder, found.since)):
            self.write_state(phase="stopped", message=kept(words, self.written_state()))
            raise RunError(words)

    def stands_still(self) -> bool:
        """Whether its process lives and has given no sign of life for half a minute."""
        return hold.stands_still(self.folder)

    def _take(self) -> Hold:
        with contextlib.suppress(KeyError):
            _held.pop(self.folder).release()
        try:
            return Hold(self.folder, self.alone)
        except BlockingIOError as error:
            raise RunError(
                f"{self.name} cannot be trained now: a training is going on here, and there is "
                "room for one at a time. Wait until it is over, or stop it."
            ) from error

    def _begin(self, found: Hold) -> None:
        self.sweep()
        found.start_beating()
        _held[self.folder] = found

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(
                f"No run can be kept in {self.folder}: {error.strerror or error}. "
                "Name another directory."
            ) from error

    def _check(self, found: Hold) -> None:
        if found.is_whole():
            return
        if found.owns_run():
            words = "Another training took its place while this one stood still."
            state.write(
                self.folder / "state.json",
                replace(
                    self.written_state(), phase="stopped", message=kept(words, self.written_state())
                ),
            )
            raise RunError(words)
        raise RunError(f"The directory of this run, {self.folder}, is gone, so it has ended.")

    def sweep(self) -> None:
        """Remove what a killed process has left of files that it was writing."""
        for folder in (self.folder, *(self.folder / name for name in ("live", "snapshots"))):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if is_unfinished(entry.name) and entry.is_file(follow_symlinks=False):
                        Path(entry).unlink(missing_ok=True)

    def keep_best(self) -> None:
        """Keep the checkpoint of the last epoch as the best one, until a better one comes."""
        temporary = self.folder / ".best.halfmade"  # as `is_unfinished` knows it
        temporary.unlink(missing_ok=True)
        try:
            os.link(self.checkpoint, temporary)  # it is replaced, never changed
        except OSError:  # a disk without links
            shutil.copyfile(self.checkpoint, temporary)
        temporary.replace(self.best)

    def history(self) -> list[dict[str, Any]]:
        """One entry for each finished epoch.

        Raises:
            RunError: if the file has been damaged.
        """
        try:
            return figures.read(self.folder / "metrics.jsonl")
        except FileNotFoundError:
            return []
        except OSError as error:
            words = error.strerror or error
        except ValueError as error:
            words = error
        raise RunError(f"The figures of {self.name} cannot be read: {words}.")

    def state(self) -> RunState:
        """Where the run stands, also when its process was killed and could not say so.

        Raises:
            RunError: if it has no state, or one that cannot be believed.
        """
        return self.judge(self.written_state())

    def judge(self, said: RunState) -> RunState:
        """Where the run stands, if this is what its directory says."""
        if said.over or said.phase == "waiting" or hold.is_held(self.folder):
            return said
        if self.asked_to_stop():
            return replace(said, phase="stopped", message=kept("Stopped.", said))
        words = "The training process ended without a word: killed, or out of memory."
        return replace(said, phase="failed", message=kept(words, said))

    def written_state(self) -> RunState:
        """Where the run stands as its directory says, whether its process lives or not.

        Raises:
            RunError: if it has no state, or one that cannot be believed.
        """
        return state.read(self.folder / "state.json")

    def write_config(self, config: Config) -> None:
        """Say what was asked for."""
        content = json.dumps(config.as_dict(), indent=1).encode()
        write_atomically(self.settings, content)

    def write_title(self, words: str) -> None:
        """Call the run something else; nothing means its own name."""
        write_atomically(self.folder / "title.txt", tidy(words).encode())

    def write_start(self, pid: int, config: TrainConfig) -> None:
        """Say which process trains, from now on, and for how many epochs."""
        epochs = {"epochs": config.all_epochs, "refit_epochs": config.refit_epochs}
        self.write_state(pid=pid, started=time.time(), **epochs)

    def write_state(self, **changes: Any) -> None:
        """Say where the run stands, from within its own process or on its behalf.

        Raises:
            RunError: if this process was its trainer, and may no longer be.
        """
        if found := _held.get(self.folder):
            self._check(found)
        path = self.folder / "state.json"
        fresh = RunState(version=state.VERSION)
        before = self.written_state() if os.path.lexists(path) else fresh
        state.write(path, replace(before, **{"changed": time.time(), **changes}))

    def append_metrics(self, entry: dict[str, Any]) -> None:
        """Add the figures of one epoch."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def cut_metrics(self, epochs: int) -> None:
        """Leave only the figures of the first epochs: the others will come again."""
        lines = "".join(json.dumps(entry) + "\n" for entry in self.history()[:epochs])
        write_atomically(self.folder / "metrics.jsonl", lines.encode())

    def ask_to_stop(self) -> None:
        """Leave the sign that the process looks for between two steps."""
        (self.folder / "cancel").touch()

    def asked_to_stop(self) -> bool:
        """Whether somebody left the sign."""
        return (self.folder / "cancel").exists()


def tidy(words: str) -> str:
    """A title: one line of printable characters, not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:MAX_TITLE]
