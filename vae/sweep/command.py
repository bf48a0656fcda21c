"""A sweep from the command line: what is asked for is checked, then a worker joins it."""

import re
import signal
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from vae.config import Config
from vae.errors import ConfigError
from vae.sweep import loop, search, study, trials
from vae.sweep.loop import Loop
from vae.sweep.study import Plan
from vae.sweep.worker import Worker

NAME = re.compile(r"\w[\w.-]{0,59}", re.ASCII)
Said = tuple[dict[str, Any], str]  # as JSON, and in words


def run(
    name: str, config: Config, wanted: int, words: Sequence[str], url: str | None
) -> Iterator[Said]:
    """Work on a sweep until it has as many trials as wanted; give what to print.

    Args:
        name: of the sweep; whoever says the same joins it.
        wanted: trials in all, those of other workers and of earlier times among them.
        words: ranges, as `search.read` has them.
        url: of a database, or None for a journal in the folder of the runs.

    Raises:
        VAEError: if what is asked for makes no sense, or the sweep cannot go on.
    """
    check(name, wanted, url)
    config = loop.with_validation(config)
    plan = Plan(name, config, search.read(words, config))
    with study.told(name, url):
        joined = study.join(plan, url)
        yield start(plan)
        before = signal.signal(signal.SIGTERM, interrupt)
        work = Loop(plan, joined, wanted, Worker(trials.folder(name)))
        try:
            for trial in work.trials():
                yield loop.as_json(trial), loop.line(trial, work.table())
        finally:
            work.close()
            signal.signal(signal.SIGTERM, before)
        yield end(work)


def check(name: str, wanted: int, url: str | None) -> None:
    """Refuse what cannot be a sweep.

    Raises:
        ConfigError: saying what is expected.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            "--name must be up to 60 letters, digits, points, hyphens and underscores, "
            f"and begin with a letter or digit, got {name[:60]!r}."
        )
    if not 1 <= wanted <= trials.MOST:
        raise ConfigError(f"--trials must be from 1 to {trials.MOST:,}, got {wanted}.")
    if url is not None and "://" not in url:
        raise ConfigError(
            "--storage must be a database's URL, such as postgresql://user@host/sweeps. For a "
            "shared folder leave it out, and name the folder in LATENT_ATLAS_RUNS."
        )


def interrupt(*_: object) -> NoReturn:
    """End as by Ctrl-C: the trial is given back, and the run says that it was stopped."""
    raise KeyboardInterrupt


def start(plan: Plan) -> Said:
    """What is searched, before the first trial."""
    ranges = {name: str(found) for name, found in plan.ranges.items()}
    said = ", ".join(f"{name}={found}" for name, found in ranges.items())
    values = {"sweep": plan.name, "search": ranges, "folder": str(trials.folder(plan.name))}
    return values, f"sweep {plan.name}: {said}"


def end(work: Loop) -> Said:
    """What came of it, as far as it is known."""
    sweep = work.table()
    best = sweep.best
    states = [trial.state for trial in sweep.trials]
    counts = {state: states.count(state) for state in sorted(set(states))}
    said = ", ".join(f"{number} {state}" for state, number in counts.items())
    values = {"sweep": sweep.name, **counts, "best": best and loop.as_json(best)}
    if best is None:
        return values, f"sweep {sweep.name}: {said}; none has finished."
    return values, f"sweep {sweep.name}: {said}. Best: {loop.line(best, sweep)}"
