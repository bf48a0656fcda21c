"""A worker's loop: take a trial, train it, tell the others, until there are as many as wanted."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace

import optuna
from filelock import FileLock
from optuna.exceptions import UpdateFinishedTrialError
from optuna.samplers import TPESampler
from optuna.study import Study
from optuna.trial import TrialState

from vae.config import Config
from vae.errors import ConfigError, TrainingError
from vae.sweep import search, study, trials
from vae.sweep.search import Range
from vae.sweep.study import Plan
from vae.sweep.trials import Sweep, Trial
from vae.sweep.worker import Worker
from vae.training import pipeline, runs
from vae.training.loop import Report
from vae.training.runs import Run, kept

HELD = 10_000  # validation images where a recipe has none; a sixth of the training images at most


def with_validation(config: Config) -> Config:
    """A configuration whose trials are judged by images held back, so that no test image is."""
    if config.train.validation:
        return config
    return replace(config, train=replace(config.train, validation=HELD))


@dataclass
class Loop:
    """One worker of a sweep."""

    plan: Plan
    study: Study
    wanted: int  # trials in all, those of other workers among them
    worker: Worker
    # One for all times: whoever is interrupted while releasing it has to get it once more.
    lock: FileLock = field(init=False)

    def __post_init__(self) -> None:
        self.lock = FileLock(trials.folder(self.plan.name) / "trials.lock")

    def trials(self) -> Iterator[Trial]:
        """Train one trial after the other, and give each once it is over.

        Raises:
            VAEError: if something is wrong that the next trial would meet as well.
            KeyboardInterrupt: if this worker is stopped. Its trial is tried again, by whoever is
                next, unless somebody has asked for that run itself to stop.
        """
        while trial := self.take():
            try:
                with self.worker.beating(trial):
                    self.train(trial)
            except BaseException:
                self.give_back(trial)
                raise
            finally:
                self.record()
            yield study.row(self.study.get_trials(deepcopy=False)[trial.number], {})

    def take(self) -> optuna.Trial | None:
        """The next trial, unless there are enough."""
        study.fail_over(self.study, self.worker)
        waiting = self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        if study.count(self.study) >= self.wanted and not waiting:
            return None
        trial = self.study.ask()
        self.worker.sign(trial)
        if not self._is_surplus(trial):
            return trial
        trial.set_user_attr("surplus", True)
        self.study.tell(trial, state=TrialState.FAIL)
        return None

    def _is_surplus(self, trial: optuna.Trial) -> bool:
        # Two workers may both have found one trial missing; the higher number is one too many.
        before = self.study.get_trials(deepcopy=False)[: trial.number]
        return sum(one.state != TrialState.FAIL for one in before) >= self.wanted

    def train(self, trial: optuna.Trial) -> None:
        """Train a trial in a run directory of its own and tell what came of it."""
        # Drawn by the seed and the trial's number: the same whichever worker draws, and whenever.
        self.study.sampler = TPESampler(seed=self._seed(trial.number))
        values = {name: suggest(trial, name, found) for name, found in self.plan.ranges.items()}
        run = Run(runs.root() / self._free_name(trial.number), beside=True)
        try:
            config = search.apply(self.plan.config, values)
            trial.set_user_attr("run", run.name)
            self.record()
            self._follow(trial, config, run)
        except (ConfigError, TrainingError) as error:  # of these settings, not of the sweep
            self._prune(trial, str(error))
        except UpdateFinishedTrialError:
            words = "Another worker took this trial over: nothing had been heard of this one."
            run.ask_to_stop()
            run.write_state(phase="stopped", message=kept(words, run.state()))

    def _seed(self, number: int) -> int:
        return (self.plan.config.train.seed * trials.MOST + number) % 2**32

    def _free_name(self, number: int) -> str:
        stem = f"{self.plan.name}-trial-{number:03}"
        taken = {path.name for path in runs.root().glob(f"{stem}*")}
        return next(
            name for name in (stem, *(f"{stem}-{n}" for n in range(2, 10**6))) if name not in taken
        )

    def _follow(self, trial: optuna.Trial, config: Config, run: Run) -> None:
        reason, report = "", None
        for report in pipeline.execute(config, run, score=False):
            trial.report(report.held.elbo, report.epoch)
            self.record()
            if report.epoch < config.train.all_epochs and trial.should_prune():
                reason = pruned(report)
                run.ask_to_stop()  # the training ends itself, as for anybody who asks
        if reason:
            run.write_state(message=kept(reason, run.state()))
        elif run.asked_to_stop():
            reason = "Its run was asked to stop."
        if reason or report is None:
            self._prune(trial, reason)
        else:
            self.study.tell(trial, report.held.elbo)

    def _prune(self, trial: optuna.Trial, reason: str) -> None:
        trial.set_user_attr("reason", reason[: trials.WORDS // 2])
        self.study.tell(trial, state=TrialState.PRUNED)

    def give_back(self, trial: optuna.Trial) -> None:
        """Let the next worker train a trial that this one has to leave."""
        found = self.study.get_trials(deepcopy=False)[trial.number]
        if found.state != TrialState.RUNNING:
            return
        run = Run(runs.root() / found.user_attrs.get("run", ""))
        if "run" in found.user_attrs and run.asked_to_stop():
            self._prune(trial, "Its run was asked to stop.")
        else:
            trial.set_user_attr("reason", "Its worker was stopped.")
            study.try_again(self.study, found)

    def table(self) -> Sweep:
        """All trials, those of other workers among them."""
        return study.table(self.study, self.plan, self.wanted)

    def record(self) -> None:
        """Leave all trials for pages to read."""
        with self.lock:  # or what a slower worker has read would come last
            trials.write(self.table())

    def close(self) -> None:
        """Leave the table as it is at last."""
        self.record()
        self.worker.close()


def suggest(trial: optuna.Trial, name: str, found: Range) -> float:
    """A value of a setting, drawn from its range."""
    if search.is_whole(name):
        return trial.suggest_int(name, int(found.low), int(found.high), log=found.log)
    return trial.suggest_float(name, found.low, found.high, log=found.log)


def pruned(report: Report) -> str:
    """Why a trial ends before its last epoch, in words."""
    return (
        f"Pruned after epoch {report.epoch}: its held-out ELBO of {report.held.elbo:.2f} was below "
        "the median of the other trials at that epoch."
    )


def line(trial: Trial, sweep: Sweep) -> str:
    """A trial that is over, in a line."""
    settings = "   ".join(f"{name} {value:.4g}" for name, value in trial.settings.items())
    figure = "no epoch" if trial.elbo is None else f"validation ELBO {trial.elbo:8.2f} nats"
    how = "best so far" if trial == sweep.best else trial.state
    return (
        f"trial {trial.number:>3}   {figure}   epoch {trial.epoch:>3}/{sweep.epochs}   "
        f"{how:<11}   {settings}   {trial.run}"
    )


def as_json(trial: Trial) -> dict[str, object]:
    """A trial as plain JSON values."""
    return asdict(trial)
