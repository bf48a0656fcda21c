"""Files that are the old one or the new one, never half of either; and those of strangers."""

import errno
import os
import re
import stat
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file so that a crash, a kill or a full disk leaves the old one as it was.

    Raises:
        OSError: if the disk refuses, or the folder is not there; nothing new is left behind.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or the rename may reach the disk before the bytes do
        Path(temporary).chmod(0o644)  # as any file of this user's: mkstemp's are secret
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def is_unfinished(name: str) -> bool:
    """Whether a file of this name is what a kill has left of `write_atomically`."""
    return re.fullmatch(r"\..+\.[a-z0-9_]{8}", name) is not None


def is_regular(path: Path) -> bool:
    """Whether this is a file, and not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def open_regular(path: Path) -> int:
    """Open a file that may come from a stranger, for reading.

    Raises:
        OSError: if it is not there, or is a link, a pipe, a device or a folder. None of them is
            waited for.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link, not a file") from error
        raise
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "it is not a regular file")


def read_regular(path: Path, most: int) -> bytes:
    """All of a file that may come from a stranger.

    Args:
        most: bytes that it may have.

    Raises:
        OSError: as `open_regular`, or if it has more.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = b"" if size > most else file.read(most + 1)
    if max(size, len(content)) > most:
        raise OSError(errno.EFBIG, f"it has {size:,} bytes, at most {most:,} are expected")
    return content
