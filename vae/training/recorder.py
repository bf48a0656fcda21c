"""What happens between two steps of a training: it is shown, kept, and asked what visitors want.

While a run is paused, time passes here.
"""

import logging
import time
from collections import deque
from dataclasses import asdict
from typing import Any

import psutil
import torch

from vae.data.sets import Dataset
from vae.errors import ConfigError
from vae.training import control, resume, snapshots
from vae.training.control import Change, Request
from vae.training.curves import Curves
from vae.training.glimpse import Glimpses
from vae.training.group import GO_ON, STOP, WAIT, Told
from vae.training.live import Live
from vae.training.loop import Training
from vae.training.packed import unpack
from vae.training.runs import Run
from vae.training.trainer import Step, refuse_divergence

LOG = logging.getLogger(__name__)
SAVE = 30.0  # seconds after which the state is saved within an epoch
LOOK = 0.05  # seconds between two looks at what is asked
RECENT = 200  # steps over which the rate is measured


class Stopped(Exception):  # noqa: N818
    """Somebody has asked the run to stop; its state is saved."""


class Recorder:
    """Between one training and its run directory."""

    def __init__(
        self, run: Run, training: Training, data: Dataset, history: list[dict[str, Any]]
    ) -> None:
        """Args: history: of the epochs before, to which those to come are added by the caller."""
        self.run, self.training, self.history = run, training, history
        self.curves = Curves()
        self.changes = control.changes(run.folder)
        self.moments = deque(snapshots.moments(training.steps))
        glimpses = Glimpses(data.test, training.model, training.trainer.precision)
        self.live = Live(run.folder, glimpses, training.model)
        self.pause_at: int | None = None
        self.saved = self.asked = self.stepped = time.monotonic()
        self.recent: deque[tuple[int, float]] = deque(maxlen=RECENT)  # images, seconds
        self.scoring = 0.0  # seconds, after the last epoch

    def begin(self, resumed: bool) -> None:
        """Take up a life that was interrupted, or start a new one."""
        folder, step = self.run.folder, self.training.step
        snapshots.drop_after(folder, step if resumed else -1)
        self._change(range(step + 1))
        while self.moments and resumed and self.moments[0] <= step:
            self.moments.popleft()
        if resumed:
            self._take_up(step)
        else:
            self._keep_moment()
        self._attend()

    def _take_up(self, step: int) -> None:
        at = self.run.state().pause_at
        self.pause_at = at if at >= 0 else None
        path = self.run.folder / "live" / "curves.bin"
        try:
            self.curves.restore(unpack(path.read_bytes()), step)
        except (OSError, KeyError, ValueError) as error:
            LOG.warning(f"The curves begin anew: {error}")

    def step(self, step: Step) -> None:
        """A step has been taken.

        Raises:
            Stopped: if somebody has asked for it.
            TrainingError: if the loss is not a number.
        """
        now = time.monotonic()
        self.recent.append((step.images, now - self.stepped))
        self.stepped = now
        self.curves.add(step.number, step.figures)
        self._keep_moment()
        if now - self.saved > SAVE:
            self.save()
        if self.training.part < 1:  # the pause after an epoch comes once it has been scored
            self._attend()

    def _keep_moment(self) -> None:
        """Keep a snapshot where one is due; where steps are short, a little later."""
        training = self.training
        if not self.moments or training.step < self.moments[0]:
            return
        if self.live.keep(training.shown, self._moment(), wait=not training.left):
            while self.moments and self.moments[0] <= training.step:
                self.moments.popleft()

    def report(self) -> None:
        """An epoch has been scored, and its checkpoint and figures are kept."""
        self.scoring = time.monotonic() - self.stepped
        self.save()
        self._attend()
        self.asked = 0.0  # whoever reads the report may ask for something: that is seen at once

    @property
    def changed(self) -> dict[str, float]:
        """Settings that are not what the run was started with."""
        return {
            change.name: change.new for change in self.changes if change.step <= self.training.step
        }

    def save(self) -> None:
        """Save the state, from which the run can be resumed.

        Raises:
            OSError: if the disk refuses.
            TrainingError: if the loss is not a number.
        """
        trainer = self.training.trainer
        refuse_divergence(self.training.epoch + 1, trainer.total, trainer.evidence)
        self.live.keep_curves(self._curves())
        resume.save(self.training.state(), self.run.folder)
        self.saved = time.monotonic()

    def _attend(self) -> None:
        """Do what is asked, show what is watched, and stay while the run is paused."""
        self._change(range(self.training.step, self.training.step + 1))
        self._look()
        if self._paused:
            self._pause()
        self._tell(GO_ON)

    def _pause(self) -> None:
        self.save()
        self.run.write_state(paused=True, pause_at=self.training.step)
        while self._paused:
            time.sleep(LOOK)
            self._tell(WAIT)
            self._look()
        self.run.write_state(paused=False, pause_at=-1 if self.pause_at is None else self.pause_at)
        self.stepped = time.monotonic()

    def _tell(self, what: float) -> None:
        """Tell the other processes of a group what comes next."""
        if group := self.training.group:
            settings = self.training.config
            group.tell(Told(what, settings.learning_rate, settings.beta))

    @property
    def _paused(self) -> bool:
        return self.pause_at is not None and self.training.step >= self.pause_at

    def _look(self) -> None:
        now = time.monotonic()
        if self.live.wanted(now):
            self.live.show(self.training.shown, self._frame(), self._curves)
        if now - self.asked < LOOK:
            return
        self.asked = now
        self.run.beat()
        if self.run.asked_to_stop():
            self.save()
            self._tell(STOP)
            raise Stopped
        for request in control.take(self.run.folder):
            self._do(request)

    def _do(self, request: Request) -> None:
        step, whole = self.training.step, self.training.trainer.batches.steps
        ends = {
            "pause": step,
            "continue": None,
            "batch": step + 1,
            "epoch": (step // whole + 1) * whole,
        }
        if request.what in ends:
            self.pause_at = ends[request.what]
            at = -1 if self.pause_at is None else self.pause_at
            self.run.write_state(pause_at=at, paused=self._paused)
        elif request.name is not None and request.value is not None:
            old = getattr(self.training.config, request.name)
            change = Change(step, request.name, old, float(request.value))
            if self._apply(change):
                # What was changed later in a life that was lost is not wanted any more.
                self.changes = [c for c in self.changes if c.step <= step] + [change]
                control.keep(self.run.folder, self.changes)

    def _change(self, steps: range) -> None:
        """Change again what was changed before these steps in a life that was interrupted."""
        for change in self.changes:
            if change.step in steps:
                self._apply(change)

    def _apply(self, change: Change) -> bool:
        try:
            self.training.change(change.name, change.new)
        except ConfigError as error:
            LOG.warning(f"It stays as it is: {error}")
            return False
        return change.old != change.new

    def _moment(self) -> dict[str, Any]:
        """Where in its life the run is, and what it is trained with."""
        training, settings = self.training, self.training.config
        return {
            "step": training.step,
            "epoch": training.epoch,
            "part": round(training.part, 4),
            "learning_rate": training.trainer.learning_rate if training.left else 0.0,
            "beta": training.trainer.beta,
            "settings": {"learning_rate": settings.learning_rate, "beta": settings.beta},
        }

    def _frame(self) -> dict[str, Any]:
        """What a frame says beside what it shows."""
        training = self.training
        return {
            **self._moment(),
            "steps": training.steps,
            "epochs": training.config.all_epochs,
            "phase": "training",
            "paused": self._paused,
            "time": round(time.time(), 3),
            **self._speed(),
            "memory": memory(training.model.device),
            "device": device_name(training.model.device),
            "precision": training.trainer.precision,
            "figures": self.curves.latest(),
            "held": self._held()[-1] if self.history else None,
        }

    def _speed(self) -> dict[str, float | None]:
        """Images a second, and the seconds that are left, without those of a report card."""
        if not self.recent:
            return {"rate": 0.0, "left": None}
        images = sum(count for count, _ in self.recent)
        seconds = sum(took for _, took in self.recent)
        epochs = self.training.config.all_epochs - self.training.epoch
        left = self.training.left * seconds / len(self.recent) + epochs * self.scoring
        return {"rate": round(images / max(seconds, 1e-9), 1), "left": round(left, 1)}

    def _held(self) -> list[dict[str, float]]:
        whole = self.training.trainer.batches.steps
        names = ("elbo", "reconstruction", "kl")
        return [
            {"epoch": e["epoch"], "step": e["epoch"] * whole, **{n: e[f"held_{n}"] for n in names}}
            for e in self.history
        ]

    def _curves(self) -> bytes:
        said = {
            "changes": [asdict(change) for change in self.changes],
            "held": self._held(),
            "steps": self.training.steps,
            "steps_per_epoch": self.training.trainer.batches.steps,
            "batch": self.training.config.batch_size,
        }
        return self.curves.pack(said)

    def close(self) -> None:
        """Finish what is being written."""
        self.live.close()


def memory(device: torch.device) -> int:
    """Bytes that this process takes: on the device, where that is a GPU."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    return psutil.Process().memory_info().rss


def device_name(device: torch.device) -> str:
    """What people call a device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
