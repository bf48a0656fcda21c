"""How light it is to start: seconds and memory of each command, and the memory of the server.

    python -m benchmarks.start [--json] [--rounds N] [--beside PATH]

Medians of several rounds, in each of which every command runs once, so that a busy minute of the
machine meets all of them. Memory is the peak of what was resident. With `--beside` another checkout
of this repository is measured in the same rounds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import psutil

ROOT = Path(__file__).parents[1]
ROUNDS = 5
TORCH = "import torch"
PICTURE = "{folder}/digit.png"
COMMANDS = {
    "python": ["-c", "pass"],
    TORCH: ["-c", TORCH],
    "--help": ["-m", "vae", "--help"],
    "list": ["-m", "vae", "list"],
    "decode": ["-m", "vae", "decode", "mnist", "--z", "0", "0", "--out", PICTURE],
    "encode": ["-m", "vae", "encode", "mnist", PICTURE],
}


class Cost(NamedTuple):
    """What a process took."""

    seconds: float
    megabytes: float  # the most that was resident


def measure(words: list[str], tree: Path, environment: dict[str, str]) -> Cost:
    """Run Python in a checkout, to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words], cwd=tree, env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed in {tree}.")
    scale = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss is in kB, on a Mac in bytes
    return Cost(time.perf_counter() - start, usage.ru_maxrss / scale)


def commands(trees: list[Path], rounds: int, folder: str) -> dict[Path, dict[str, Cost]]:
    """The medians of every command in each checkout."""
    environment = {**os.environ, "LATENT_ATLAS_RUNS": folder}
    costs: dict[tuple[Path, str], list[Cost]] = {}
    for number in range(rounds + 1):
        for name, words in COMMANDS.items():
            for tree in trees:
                cost = measure([w.format(folder=folder) for w in words], tree, environment)
                if number:  # the first round warms the disk's cache
                    costs.setdefault((tree, name), []).append(cost)
    return {
        tree: {name: Cost(*map(median, zip(*costs[tree, name], strict=True))) for name in COMMANDS}
        for tree in trees
    }


def server(tree: Path, folder: str) -> dict[str, float]:
    """Megabytes of a checkout's server once it has served one page and rests, and at its peak."""
    # Imported here, because a process's peak begins with what its parent had when it started it.
    import psutil

    from benchmarks.live import serve

    script = tree / "app.py"
    with serve(script, {"LATENT_ATLAS_RUNS": folder}) as address:
        open_page(address)
        (process,) = (p for p in psutil.Process().children() if str(script) in p.cmdline())
        wait_until_idle(process)
        return dict(memory(process.pid))


def open_page(address: str) -> None:
    """Be a visitor who opens Explore and reads until all of it has come."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    question, message = BackMsg(), ForwardMsg()
    question.rerun_script.query_string = ""
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(url, subprotocols=["streamlit"], max_size=None) as socket:  # pyright: ignore[reportArgumentType]
        socket.send(question.SerializeToString())
        while not message.HasField("script_finished"):
            message.ParseFromString(socket.recv(timeout=120))  # pyright: ignore[reportArgumentType]


def wait_until_idle(process: "psutil.Process") -> None:
    """Until two seconds have passed in which it hardly computed: a thread reads the test images."""
    while process.cpu_percent(2) > 5:
        pass


def memory(pid: int) -> Iterator[tuple[str, float]]:
    """Megabytes that are resident, and the most that ever were."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    for name, field in (("resident", "VmRSS"), ("peak", "VmHWM")):
        yield name, int(fields[field].split()[0]) / 2**10


def show(costs: dict[str, Cost], resident: dict[str, float]) -> None:
    """Print one checkout's figures, and their ratios to `import torch`."""
    seconds, megabytes = costs[TORCH]
    for name, cost in costs.items():
        print(
            f"{name:<14}{cost.seconds:7.2f} s{cost.seconds / seconds:6.2f}×"
            f"{cost.megabytes:8.0f} MB{cost.megabytes / megabytes:6.2f}×"
        )
    print(f"server        {resident['resident']:.0f} MB, at its peak {resident['peak']:.0f} MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--beside", type=Path, metavar="PATH")
    arguments = parser.parse_args()
    trees = [ROOT] + ([arguments.beside.resolve()] if arguments.beside else [])
    with tempfile.TemporaryDirectory() as folder:
        costs = commands(trees, arguments.rounds, folder)
        resident = {tree: server(tree, folder) for tree in trees}
    if arguments.json:
        figures = {
            str(tree): {
                **{name: cost._asdict() for name, cost in costs[tree].items()},
                "server": resident[tree],
            }
            for tree in trees
        }
        print(json.dumps(figures))
        return
    for tree in trees:
        print(f"{tree}")
        show(costs[tree], resident[tree])


if __name__ == "__main__":
    main()
