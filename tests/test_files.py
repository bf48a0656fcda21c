import os
import subprocess
import sys
from pathlib import Path

import pytest

from vae.files import is_unfinished, read_regular, write_atomically


def test_a_killed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    script = (
        "import os, sys; from pathlib import Path; import vae.files as files\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), 9)\n"  # the power goes just then
        "files.write_atomically(Path(sys.argv[1]), b'new')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)])
    assert done.returncode == -9
    assert path.read_bytes() == b"old"
    (left,) = (each.name for each in tmp_path.iterdir() if each != path)
    assert is_unfinished(left) and not is_unfinished(path.name)


def test_a_write_replaces_the_whole_file(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"a longer text")
    write_atomically(path, b"short")
    assert path.read_bytes() == b"short"
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_was_deleted_is_not_made_again(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "gone" / "file", b"x")
    assert not list(tmp_path.iterdir())


def test_of_strangers_files_only_regular_ones_are_read_and_not_too_large(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    assert read_regular(tmp_path / "file", 5) == b"12345"
    for name, words in {
        "file": "5 bytes, at most 4",
        "folder": "not a regular file",
        "link": "is a link",
        "pipe": "not a regular file",
    }.items():
        with pytest.raises(OSError, match=words):
            read_regular(tmp_path / name, 4)
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(Path("/dev/zero"), 4)
