"""A sweep's memory: Optuna's study, in a journal in a folder or in a database.

All workers read and write it: whoever names the same sweep joins it.
"""

import contextlib
import warnings
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError, UpdateFinishedTrialError
from optuna.pruners import MedianPruner
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from vae.config import Config
from vae.errors import ConfigError, RunError
from vae.evaluate import unit
from vae.sweep import trials
from vae.sweep.search import Range
from vae.sweep.trials import Sweep, Trial
from vae.sweep.worker import Worker, is_lost

optuna.logging.set_verbosity(optuna.logging.ERROR)
NAMES: dict[TrialState, trials.TrialState] = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "training",
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}
UNTIL_PRUNED = 4  # trials that are finished before any is pruned
TRIES = 3  # of the same settings, where workers die


@dataclass(frozen=True)
class Plan:
    """What all workers of a sweep have to agree on."""

    name: str
    config: Config  # what is not searched, and where the search starts
    ranges: dict[str, Range]

    def as_dict(self) -> dict[str, Any]:
        """What is compared when a worker joins; each may compute on a device of its own."""
        config = replace(self.config, train=replace(self.config.train, device="auto"))
        ranges = {name: list(found) for name, found in self.ranges.items()}
        layers = {"model": config.model.as_dict(), "train": config.train.as_dict()}
        return _plain({**layers, "search": ranges})


def _plain(value: Any) -> Any:
    """A value as JSON gives it back."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def join(plan: Plan, url: str | None) -> Study:
    """Open a sweep's study, or begin it.

    Args:
        url: of a database; None for a journal in the sweep's own folder.

    Raises:
        RunError: if the storage cannot be used, or is damaged.
        ConfigError: if a sweep of this name searches something else.
    """
    try:
        study = optuna.create_study(
            study_name=plan.name,
            storage=_storage(plan, url),
            direction="maximize",
            load_if_exists=True,
            pruner=MedianPruner(UNTIL_PRUNED, n_warmup_steps=plan.config.train.epochs // 5),
        )
        said = study.user_attrs.get("plan")
        if said is None:
            study.set_user_attr("plan", plan.as_dict())
    except DAMAGED as error:
        raise _unreadable(plan.name, url, error) from error
    if said not in (None, plan.as_dict()):
        raise ConfigError(
            f"There is a sweep {plan.name} already, and it differs in "
            f"{', '.join(_differences(said, plan.as_dict()))}: ask for the same, "
            "or give this one another --name."
        )
    return study


@contextlib.contextmanager
def told(name: str, url: str | None) -> Generator[None]:
    """Say in words what is wrong with a sweep's storage, at whatever moment it is.

    Raises:
        RunError: in the place of the storage's own errors.
    """
    try:
        yield
    except (SQLAlchemyError, StorageInternalError, OSError) as error:
        raise _unreadable(name, url, error) from error


def _unreadable(name: str, url: str | None, error: Exception) -> RunError:
    place = "its database" if url else str(trials.folder(name) / "journal.log")
    words = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
    return RunError(f"The sweep {name} cannot be read from {place}: {words}")


# What a damaged journal breaks in Optuna, and a database without its driver.
DAMAGED = (ImportError, ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError)


def _storage(plan: Plan, url: str | None) -> BaseStorage:
    if url is None:
        path = trials.folder(plan.name) / "journal.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise ValueError("it is no file.")
        lock = JournalFileOpenLock(str(path))
        _mend(path, lock)
        return JournalStorage(JournalFileBackend(str(path), lock))
    make_url(url)
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        return RDBStorage(url)


def _mend(path: Path, lock: JournalFileOpenLock) -> None:
    """Cut off a line that a full disk or a power failure has left without its end.

    The next line would be written behind it, and the journal be lost.
    """
    if not path.exists():
        return
    lock.acquire()
    try:
        with path.open("rb+") as file:
            content = file.read()
            if not content.endswith(b"\n"):
                file.truncate(content.rfind(b"\n") + 1)
    finally:
        lock.release()


def _differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for part in sorted(set(one) | set(other)):
        left, right = one.get(part, {}), other.get(part, {})
        names = sorted(set(left) | set(right))
        found += [f"{part} {name}" for name in names if left.get(name) != right.get(name)]
    return found


def count(study: Study) -> int:
    """Trials that are over or under way; those that failed are tried again."""
    return sum(trial.state != TrialState.FAIL for trial in study.get_trials(deepcopy=False))


def fail_over(study: Study, worker: Worker) -> None:
    """Give up the trials whose workers are gone, and put their settings first in line."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if is_lost(trial, worker):
            try_again(study, trial)


def try_again(study: Study, trial: FrozenTrial) -> None:
    """Give up one trial, and put its settings first in line, unless it keeps failing."""
    try:
        study.tell(trial.number, state=TrialState.FAIL)
    except (ValueError, UpdateFinishedTrialError):
        return  # another worker was quicker
    tries = trial.user_attrs.get("tries", 1)
    if trial.params and tries < TRIES:
        study.enqueue_trial(trial.params, {"tries": tries + 1, "after": trial.number})


def table(study: Study, plan: Plan, wanted: int) -> Sweep:
    """All trials as pages and people read them."""
    found = study.get_trials(deepcopy=False)
    again = {trial.user_attrs.get("after"): trial.number for trial in found}
    return Sweep(
        plan.name,
        wanted,
        plan.config.train.all_epochs,
        unit(plan.config.model),
        [name for name, each in plan.ranges.items() if each.log],
        [row(trial, again) for trial in found if "surplus" not in trial.user_attrs],
    )


def row(trial: FrozenTrial, again: dict[Any, int]) -> Trial:
    """One trial as pages and people read it.

    Args:
        again: which trial takes up the settings of a failed one.
    """
    reason = trial.user_attrs.get("reason", "")
    if trial.state == TrialState.FAIL and not reason:
        reason = "Its worker ended without a word."
    if trial.number in again:
        reason += f" Its settings are tried again as trial {again[trial.number]}."
    last = trial.last_step
    return Trial(
        trial.number,
        NAMES[trial.state],
        trial.user_attrs.get("run", ""),
        None if last is None else trial.intermediate_values[last],
        last or 0,
        trial.params or trial.system_attrs.get("fixed_params", {}),
        reason.strip(),
    )
