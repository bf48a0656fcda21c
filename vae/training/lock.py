"""Locks that a process holds for life: however it ends, the system lets go of them.

They know neither a clock nor a number that a process had, and a child may be given one.
"""

import contextlib
import errno
import os
import time
from pathlib import Path
from typing import Any

import psutil

from vae.files import open_regular, read_regular

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: whether the process that wrote its number lives has to do
    fcntl = None

PATIENCE = 1.0  # seconds; who only looks whether a lock is held holds it for a moment


def take(path: Path, patience: float = PATIENCE) -> int:
    """Take a lock, in a file that is made for it.

    Args:
        patience: seconds to wait for another to let go of it.

    Returns:
        The handle: the lock is held until it and all its copies are closed.

    Raises:
        BlockingIOError: if another holds it.
        OSError: if the disk refuses, or something other than a file is in its place.
    """
    deadline = time.monotonic() + patience
    while True:
        handle = _make(path)
        try:
            if not fcntl and is_held(path):
                raise BlockingIOError
            if fcntl:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(handle, path):
                sign(handle, os.getpid())
                return handle
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(handle)
                raise
        except OSError:
            os.close(handle)
            raise
        os.close(handle)
        time.sleep(0.02)


def _make(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        os.close(open_regular(path))  # refuses links, pipes and devices
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    return os.open(path, flags, 0o644)


def sign(handle: int, pid: int) -> None:
    """Say which process holds the lock."""
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, str(pid).encode())


def release(handle: int) -> None:
    """Let go of a lock."""
    with contextlib.suppress(OSError):  # a full disk takes no signature, but lets go
        os.ftruncate(handle, 0)
    os.close(handle)


def is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still the one at this path."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.lstat())
    return False


def is_held(path: Path) -> bool:
    """Whether a process holds the lock; it is not waited for."""
    if not fcntl:
        return psutil.pid_exists(holder(path) or -1)
    try:
        handle = open_regular(path)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # two who look do not meet
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    finally:
        os.close(handle)
    return False


def holder(path: Path) -> int:
    """The process that holds the lock, if it is held; 0 where nobody has said so."""
    try:
        return int(read_regular(path, 20))
    except (OSError, ValueError):
        return 0
