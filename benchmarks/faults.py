"""What happens when something goes wrong with a training, and what is lost; makes docs/faults.md.

    python -m benchmarks.faults [--only WORD] [--write]

Every fault is brought about: real processes are killed, stopped and starved, real files deleted
and damaged. A line is printed only if what it says has happened. With --only, the other
lines of the page stay as they are. It takes about six minutes.
"""

import argparse
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import safetensors.torch

from benchmarks import live
from vae.config import Config
from vae.errors import RunError
from vae.recipes import recipe
from vae.store import checkpoint
from vae.training import hold, job, runs
from vae.training.runs import Run

PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
FOLDERS = 5_000
PATIENCE = 240.0  # seconds until something must have happened
HEAD = """# Faults

What happens when something goes wrong with a training, and what is lost. Each line was made by
bringing the fault about: `python -m benchmarks.faults --write` writes this page, from real
processes on scikit-learn's digits. Seconds were measured on two shared cores.

| fault | what happened | what was lost |
|---|---|---|
"""


class Found(NamedTuple):
    """What came of a fault, in two sentences."""

    happened: str
    lost: str


def asked(epochs: int = 1000, **settings: Any) -> Config:
    """Something that trains as long as it is let, on data that is always at hand."""
    base = recipe("digits")
    chosen = {"epochs": epochs, "device": "cpu", "precision": "fp32", **settings}
    return replace(base, train=replace(base.train, **chosen))


def wait(condition: Callable[[], Any], words: str) -> float:
    """Seconds until something is so."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() > start + PATIENCE:
            raise SystemExit(f"Waited in vain: {words}.")
        time.sleep(0.05)
    return time.monotonic() - start


def check(fact: bool, words: str) -> None:
    """Refuse to write what is not so."""
    if not fact:
        raise SystemExit(f"It is not so: {words}.")


def trains(run: Run, epochs: int = 2) -> int:
    """The process of a run, once it has finished a few epochs."""
    wait(lambda: run.state().epoch >= epochs, f"{run.name} trains")
    return hold.pid(run.folder)


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def unsaved(run: Run) -> float:
    """Seconds of training since a run's state was last saved."""
    return max(0.0, time.time() - (run.folder / job.RESUME).stat().st_mtime)


def killed() -> Found:
    """kill -9, and the same training without it."""
    epochs = 24
    whole, run = job.start(asked(epochs)), job.start(asked(epochs))
    wait(lambda: whole.state().over, "the first is over")
    pid = trains(run, epochs // 3)
    os.kill(pid, signal.SIGKILL)
    repeated = unsaved(run)
    wait(lambda: run.state().over, "it is noticed")
    kept = run.state()
    check("ended without a word" in kept.message, kept.message)
    checkpoint.load(run.checkpoint)
    job.resume(run)
    wait(lambda: run.state().over, "it is resumed and over")
    check(len(run.history()) == epochs, "there is a line for each epoch")
    check(weights(run) == weights(whole), "the weights are the same bytes")
    return Found(
        f"“{kept.message}” Its model opens. *Continue training* went on to epoch {epochs}; the "
        "weights are the same bytes as those of a run that nobody killed.",
        f"{repeated:.1f} s of training, which were repeated",
    )


def weights(run: Run) -> bytes:
    """The numbers of a run's model."""
    return safetensors.torch.save(dict(checkpoint.load(run.checkpoint).model.state_dict()))


def stopped() -> Found:
    """SIGSTOP, another start, SIGCONT."""
    first = job.start(asked())
    pid = trains(first)
    os.kill(pid, signal.SIGSTOP)
    noticed = wait(first.stands_still, "it is seen to stand still")
    second = job.start(asked())
    trains(second)
    os.kill(pid, signal.SIGCONT)
    ended = wait(lambda: is_gone(pid), "it ends")
    said = first.state().message
    check("took its place" in said and not second.state().over, said)
    return Found(
        f"After {noticed:.0f} s it is shown as standing still. The next start is not held up by "
        f"it. Woken, it ended within {ended:.1f} s by itself: “{said}” It can be continued.",
        "what it would have trained meanwhile",
    )


def deleted() -> Found:
    """A run's folder is deleted under it, and another is started."""
    first = job.start(asked())
    pid = trains(first)
    # At once, or the trainer would add a file to a folder that is being emptied.
    gone = first.folder.rename(runs.root() / ".gone")
    second = job.start(asked())
    shutil.rmtree(gone, ignore_errors=True)
    ended = wait(lambda: is_gone(pid), "it ends")
    trains(second)
    check(not first.folder.exists(), "the folder is not made again")
    return Found(
        f"The trainer ended by itself within {ended:.1f} s and made nothing anew. Another start at "
        "that moment had its place then.",
        "what was deleted",
    )


def full() -> Found:
    """The disk takes no more while a run goes on."""
    run = job.start(asked())
    pid = trains(run)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (10_000, 10_000))
    wait(lambda: run.state().over, "it ends")
    said = run.state()
    check(said.phase == "failed" and "Make room" in said.message, said.message)
    checkpoint.load(run.checkpoint)
    job.resume(run)
    wait(lambda: run.state().epoch > said.epoch + 1, "it goes on")
    return Found(
        f"“{said.message.replace(f'{run.folder}', 'its folder')}” No half-written file is left. "
        "Once there was room, *Continue training* went on.",
        f"the epoch after {said.epoch}, which was repeated",
    )


def moved() -> Found:
    """The clock is moved, forwards and backwards, as far as files can tell."""
    first = job.start(asked())
    pid = trains(first)
    waiting: list[Run] = []
    for seconds in (5, -86_400, 10**8):
        first.write_state(started=time.time() + seconds, changed=time.time() + seconds)
        for path in [*first.folder.iterdir(), *runs.root().glob(".*lock")]:
            os.utime(path, (time.time() + seconds, time.time() + seconds))
        waiting.append(job.start(asked()))
    check(all(run.state().phase == "waiting" for run in waiting), "the others wait")
    check(hold.pid(first.folder) == pid, "the first trains")
    return Found(
        "Three more starts, after the clock was moved by 5 s, back by a day and on by three years, "
        "waited in line: whether a process lives is told by a lock that it holds.",
        "nothing",
    )


def damaged(name: str, content: bytes) -> Callable[[], Found]:
    """A file of a run is damaged after it was stopped."""

    def act() -> Found:
        run = job.start(asked())
        trains(run)
        job.stop(run)
        wait(lambda: not hold.is_held(run.folder), "it has ended")
        (run.folder / name).write_bytes(content)
        return told(run, name)

    return act


def told(run: Run, name: str) -> Found:
    """What is said of a run one of whose files is damaged."""
    if name == "state.json":
        (line,) = (one for one in runs.look().unreadable if one.name == run.name)
        return Found(f"One line in the table: “{line.reason}” Other runs open.", "how it stood")
    if name == "metrics.jsonl":
        try:
            run.history()
        except RunError as error:
            checkpoint.load(run.checkpoint)
            return Found(f"“{error}” Its model opens.", "the curves; its checkpoint has them too")
        raise SystemExit("Damaged figures are read.")
    job.resume(run)
    wait(lambda: run.state().over, "the attempt ends")
    words = run.log.read_text("utf-8").strip().splitlines()[-1]
    checkpoint.load(run.checkpoint)
    check("resume" in words, words)
    return Found(f"*Continue training* says: “{words}” Its model opens.", "the way to continue it")


def piped() -> Found:
    """A FIFO in the place of a state."""
    folder = runs.root() / "pipe"
    folder.mkdir()
    os.mkfifo(folder / "state.json")
    start = time.perf_counter()
    (line,) = (one for one in runs.look().unreadable if one.name == "pipe")
    took = 1e3 * (time.perf_counter() - start)
    return Found(f"“{line.reason}” Looking took {took:.1f} ms.", "nothing")


def many() -> Found:
    """Thousands of folders."""
    run = runs.create(asked())
    run.write_state(phase="finished")
    content = (run.folder / "state.json").read_bytes()
    for number in range(FOLDERS):
        (runs.root() / f"run-{number}").mkdir()
        (runs.root() / f"run-{number}" / "state.json").write_bytes(content)
    took: list[float] = []
    look = None
    for _ in range(5):
        start = time.perf_counter()
        look = runs.look()
        took.append(1e3 * (time.perf_counter() - start))
    check(look is not None and len(look.seen) == runs.MAX_RUNS, "the last are listed")
    return Found(
        f"The {runs.MAX_RUNS:,} changed last are known, the others counted. The first look took "
        f"{took[0]:.0f} ms, each further one {sorted(took[1:])[1]:.0f} ms.",
        "nothing",
    )


def at_once() -> Found:
    """Two servers on one folder of runs, eight starts each."""
    script = (
        "from concurrent.futures import ThreadPoolExecutor; from benchmarks import faults\n"
        "from vae.training import job\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    list(pool.map(lambda _: job.start(faults.asked()), range(4)))"
    )
    servers = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    check(all(server.wait() == 0 for server in servers), "both servers started theirs")
    found = runs.all_runs()
    training = [run for run in found if hold.is_held(run.folder)]
    check(len(found) == 8 and len(training) == 1, "one of eight trains")
    check(sorted(map(job.position, found)) == list(range(8)), "the others have places in line")
    return Found("One trained; the other seven stood in line, in places 1 to 7.", "nothing")


def served() -> Found:
    """The server is killed while a run that it started goes on, and is started again."""
    settings = runs.create(asked())
    settings.write_state(phase="finished", started=1.0)  # the form begins with its settings
    with live.browser() as browser:
        with live.serve() as address:
            page = browser.new_page()
            page.goto(f"{address}/train")
            page.get_by_role("button", name="Start", exact=True).click()
            wait(lambda: len(runs.all_runs()) == 2, "it is started from the page")
            trains(runs.all_runs()[0])
            (server,) = (p for p in psutil.Process().children() if "streamlit" in p.cmdline())
            server.kill()
        run = runs.all_runs()[0]
        pid, epoch = hold.pid(run.folder), run.state().epoch
        wait(lambda: run.state().epoch > epoch + 1, "it goes on")
        check(hold.pid(run.folder) == pid, "in the same process")
        with live.serve() as address:
            page = browser.new_page()
            page.goto(f"{address}/train")
            page.get_by_text("is being trained now").wait_for(timeout=60_000)
    return Found(
        "The training went on in its own process; the server that was started again showed it.",
        "nothing but the visitors' open pages, which reconnect",
    )


def halved() -> Found:
    """Files that a kill has left half-written."""
    run = job.start(asked())
    pid = trains(run)
    os.kill(pid, signal.SIGKILL)
    wait(lambda: run.state().over, "it is noticed")
    (run.folder / ".last.safetensors.a1b2c3d4").write_bytes(b"half")
    job.resume(run)
    wait(lambda: not list(run.folder.glob(".last*a1b2c3d4")), "it is swept")
    return Found("It is swept when the run is continued; nobody reads it before.", "nothing")


FAULTS: dict[str, Callable[[], Found]] = {
    "the trainer is killed (`kill -9`)": killed,
    "it stands still (`SIGSTOP`) and is woken": stopped,
    "its folder is deleted": deleted,
    "the disk is full": full,
    "the clock is moved": moved,
    "`state.json` is damaged": damaged("state.json", b'{"started": "x"}'),
    "`metrics.jsonl` is damaged": damaged("metrics.jsonl", b"[1]\n"),
    "`resume.safetensors` is damaged": damaged("resume.safetensors", b"x" * 1000),
    "a pipe (FIFO) is in the place of a state": piped,
    f"{FOLDERS:,} folders of runs": many,
    "the server is killed and started again": served,
    "eight starts at once, on two servers": at_once,
    "a file is half-written when the power goes": halved,
}


@contextlib.contextmanager
def folder() -> Iterator[None]:
    """A folder of runs of its own, in which nothing trains when it is left."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["LATENT_ATLAS_RUNS"] = place
        try:
            yield
        finally:
            left = [run for run, state in runs.look().seen if not state.over]
            for run in sorted(left, key=job.position, reverse=True):
                with contextlib.suppress(RunError):
                    job.stop(run)
            for path in Path(place).glob("*/lock"):
                wait(lambda path=path: not hold.is_held(path.parent), "all have ended")


def main() -> None:
    """Bring about every fault, and print or write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    for name, act in FAULTS.items():
        if arguments.only in name:
            with folder():
                found = act()
            line = f"| {name} | {found.happened} | {found.lost} |"
            print(line, flush=True)
            if arguments.write:
                write(name, line)


def write(name: str, line: str) -> None:
    """Put a fault's line on the page, in the place of the one that it had."""
    known = PAGE.read_text("utf-8").splitlines() if PAGE.exists() else []
    lines = {fault: [old for old in known if old.startswith(f"| {fault} |")] for fault in FAULTS}
    lines[name] = [line]
    PAGE.write_text(HEAD + "\n".join(old for found in lines.values() for old in found) + "\n")


if __name__ == "__main__":
    main()
