"""A run directory: everything about one training run, in files.

    config.json          what was asked for
    state.json           phase, process, progress; replaced whole, so a reader never sees half of it
    metrics.jsonl        one line for each epoch
    last.safetensors     the checkpoint of the last finished epoch
    log.txt              what the process printed
    cancel               exists once somebody has asked the run to stop

A page derives what it shows from these files alone, so a refresh, a second visitor or a restarted
server loses nothing.
"""

import contextlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from vae.config import Config, TrainConfig
from vae.errors import ConfigError, RunError
from vae.files import write_atomically

Phase = Literal["starting", "downloading", "training", "scoring", "finished", "stopped", "failed"]
OVER = ("finished", "stopped", "failed")


@dataclass(frozen=True)
class RunState:
    """Where a run stands. Times are seconds since 1970."""

    phase: Phase = "starting"
    pid: int = 0
    born: float = 0.0  # when the process was created: a pid alone may be somebody else's by now
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


@dataclass(frozen=True)
class Run:
    """One run directory."""

    folder: Path

    @property
    def name(self) -> str:
        """What people call the run."""
        return self.folder.name

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

    def config(self) -> Config:
        """What was asked for.

        Raises:
            RunError: if the file is missing or has been damaged.
        """
        try:
            return Config.from_dict(json.loads(self.settings.read_text("utf-8")))
        except (OSError, ValueError, ConfigError) as error:
            raise RunError(f"The settings of {self.name} cannot be read: {error}.") from error

    def claim(self, config: Config) -> None:
        """Make this directory the run of this process.

        Raises:
            RunError: if it holds another run already, or the disk refuses.
        """
        try:
            # A page has written the state of the process it has just started: this one.
            if (self.folder / "state.json").exists() and not self._is_mine():
                raise RunError(f"{self.folder} already holds a run; name another directory.")
            self.write_config(config)
        except OSError as error:
            raise RunError(
                f"No run can be kept in {self.folder}: {error.strerror or error}. "
                "Name another directory."
            ) from error

    def reclaim(self) -> None:
        """Make this directory, whose process is gone, the run of this one.

        Raises:
            RunError: if it is no run, or its process lives.
        """
        if not self.state().over and not self._is_mine():
            raise RunError(f"{self.name} is being trained already.")
        (self.folder / "cancel").unlink(missing_ok=True)

    def keep_best(self) -> None:
        """Keep the checkpoint of the last epoch as the best one, until a better one comes."""
        temporary = self.folder / ".best.part"
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
            lines = (self.folder / "metrics.jsonl").read_text("utf-8").splitlines(keepends=True)
            # A line without its end is still being written.
            return [json.loads(line) for line in lines if line.endswith("\n")]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise RunError(f"The figures of {self.name} cannot be read: {error}.") from error

    def state(self) -> RunState:
        """Where the run stands, also when its process was killed and could not say so."""
        state = self._state()
        if state.over or _alive(state):
            return state
        if (self.folder / "cancel").exists():
            return replace(state, phase="stopped", message=kept("Stopped.", state))
        words = "The training process ended without a word: killed, or out of memory."
        return replace(state, phase="failed", message=kept(words, state))

    def _is_mine(self) -> bool:
        state = self._state()
        return state.pid == os.getpid() and not state.over

    def _state(self) -> RunState:
        try:
            return RunState(**json.loads((self.folder / "state.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise RunError(f"{self.name} is not a training run: {error}") from error

    def write_config(self, config: Config) -> None:
        """Say what was asked for."""
        self._write("config.json", config.as_dict())

    def write_start(self, pid: int, config: TrainConfig) -> None:
        """Say which process trains, from now on, and for how many epochs."""
        epochs = {"epochs": config.all_epochs, "refit_epochs": config.refit_epochs}
        self.write_state(pid=pid, born=born(pid), started=time.time(), **epochs)

    def write_state(self, **changes: Any) -> None:
        """Say where the run stands, from within its own process or on its behalf."""
        path = self.folder / "state.json"
        state = RunState(**json.loads(path.read_text("utf-8"))) if path.exists() else RunState()
        self._write("state.json", asdict(replace(state, changed=time.time(), **changes)))

    def append_metrics(self, entry: dict[str, Any]) -> None:
        """Add the figures of one epoch."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def cut_metrics(self, epochs: int) -> None:
        """Leave only the figures of the first epochs: the others will come again."""
        lines = "".join(json.dumps(entry) + "\n" for entry in self.history()[:epochs])
        write_atomically(self.folder / "metrics.jsonl", lines.encode())

    def ask_to_stop(self) -> None:
        """Leave the sign that the process looks for after every epoch."""
        (self.folder / "cancel").touch()

    def asked_to_stop(self) -> bool:
        """Whether somebody left the sign."""
        return (self.folder / "cancel").exists()

    def beat(self) -> None:
        """Show that the training is alive."""
        (self.folder / "heartbeat").touch()

    def _write(self, name: str, value: dict[str, Any]) -> None:
        write_atomically(self.folder / name, json.dumps(value, indent=1).encode())


def kept(words: str, state: RunState) -> str:
    """The words, and what is left of the run."""
    if state.epoch == 0:
        return f"{words} No epoch was finished, so there is nothing to open."
    return f"{words} {state.counted.capitalize()} is kept."


def born(pid: int) -> float:
    """When a process was created, or 0 if there is none of that number."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).create_time()
    return 0.0


def _alive(state: RunState) -> bool:
    try:
        process = psutil.Process(state.pid)
        return (
            abs(process.create_time() - state.born) < 1 and process.status() != psutil.STATUS_ZOMBIE
        )
    except (psutil.Error, ValueError):
        return False


def root() -> Path:
    """Where runs are kept: `$LATENT_ATLAS_RUNS`, or `runs/` beside app.py."""
    return Path(os.environ.get("LATENT_ATLAS_RUNS") or Path(__file__).parents[2] / "runs")


def all_runs() -> list[Run]:
    """Every run that can be read, the newest first."""
    found: list[tuple[float, str, Run]] = []
    for path in root().glob("*/state.json"):
        run = Run(path.parent)
        with contextlib.suppress(RunError):
            found.append((run.state().started, run.name, run))
    return [run for *_, run in sorted(found, key=lambda row: row[:2], reverse=True)]


def create(config: Config) -> Run:
    """A new, empty run directory.

    Raises:
        RunError: if the disk refuses.
    """
    stem = f"{config.train.dataset}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        for number in range(1, 1000):
            folder = root() / (stem if number == 1 else f"{stem}-{number}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir(parents=True)
                run = Run(folder)
                run.write_config(config)
                return run
    except OSError as error:
        raise RunError(
            f"No run can be kept in {root()}: {error.strerror or error}. "
            "Make room there, or name another folder in LATENT_ATLAS_RUNS."
        ) from error
    raise RunError(f"{root()} already has a thousand runs of this second.")
