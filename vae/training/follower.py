"""What the other processes of a group do: compute their shares, and listen to the first one."""

from collections.abc import Iterator

from vae.training.group import GO_ON, STOP, WAIT, Told
from vae.training.loop import Training
from vae.training.recorder import Stopped
from vae.training.trainer import Report


def follow(training: Training) -> Iterator[None]:
    """The part of a process that only computes its share: as often as the first one attends.

    Raises:
        Stopped: if somebody has asked for it.
    """
    assert training.group
    _listen(training)
    for found in training.run():
        if isinstance(found, Report) or training.part < 1:
            _listen(training)
        yield


def _listen(training: Training) -> None:
    assert training.group
    while (told := training.group.tell(Told(GO_ON, 0.0, 0.0))).what == WAIT:
        pass
    if told.what == STOP:
        raise Stopped
    for name in ("learning_rate", "beta"):
        if getattr(told, name) != getattr(training.config, name):
            training.change(name, getattr(told, name))
