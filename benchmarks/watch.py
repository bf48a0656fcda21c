"""What a server goes through while somebody else uses it: its memory, its silence, a neighbour."""

import statistics
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.drag import percentile
from benchmarks.visitor import Visitor

DRAG_SECONDS = 0.07  # between two places of the neighbour's
PULSE_SECONDS = 0.03  # between two questions whether the server is there
SAMPLE_SECONDS = 0.02  # between two looks at its memory
CPU_SECONDS = 0.5  # over which the work of the server and its workers is taken


class Seen(NamedTuple):
    """What was seen of a server over some time."""

    growth: float  # MB, of the server's own process, at its most
    silence: float  # seconds, the longest that a heartbeat went unanswered
    p95: float  # milliseconds, of the neighbour's exact images


class _Repeated:
    """A thread that does the same again and again."""

    def __init__(self, call: Callable[[], object], seconds: float) -> None:
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(call, seconds))
        self.thread.start()

    def _run(self, call: Callable[[], object], seconds: float) -> None:
        while not self.over.wait(seconds):
            call()

    def close(self) -> None:
        self.over.set()
        self.thread.join()


class Watch:
    """A neighbour who drags all the while, and eyes on the server's own process."""

    def __init__(self, address: str, process: psutil.Process) -> None:
        """Begin."""
        self.process = process
        self.neighbour, self.listener = Visitor(address), Visitor(address)
        self.waits: list[float] = []
        self.silences: list[float] = []
        self.turn = self.most = 0.0
        self.before = process.memory_info().rss
        self.threads = [
            _Repeated(self._drag, DRAG_SECONDS),
            _Repeated(self._listen, PULSE_SECONDS),
            _Repeated(self._weigh, SAMPLE_SECONDS),
        ]

    def _drag(self) -> None:
        self.turn += 0.1
        self.waits.append(1000 * self.neighbour.drag(self.turn))

    def _listen(self) -> None:
        start = time.perf_counter()
        self.listener.send(BackMsg(app_heartbeat=True))
        self.listener.socket.recv(timeout=60)
        self.silences.append(time.perf_counter() - start)

    def _weigh(self) -> None:
        self.most = max(self.most, self.process.memory_info().rss)

    def reset(self) -> None:
        """Forget what was seen."""
        self.waits, self.silences = [], []
        self.before = self.most = self.process.memory_info().rss

    def seen(self) -> Seen:
        """What was seen since the last reset."""
        return Seen(
            (self.most - self.before) / 1e6,
            max(self.silences, default=60.0),
            percentile(self.waits or [60_000.0], 0.95),
        )

    def work(self) -> float:
        """Processors that the server and its workers keep busy now."""
        some = [self.process, *self.process.children(recursive=True)]
        before = sum(_cpu(one) for one in some)
        time.sleep(CPU_SECONDS)
        return (sum(_cpu(one) for one in some) - before) / CPU_SECONDS

    def usual_work(self) -> float:
        """The same while nobody but the neighbour is there: the median of five."""
        return statistics.median(self.work() for _ in range(5))

    def __enter__(self) -> "Watch":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for thread in self.threads:
            thread.close()
        self.neighbour.close()
        self.listener.close()


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
