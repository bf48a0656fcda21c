import subprocess
import sys

from vae.files import write_atomically


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


def test_a_write_replaces_the_whole_file(tmp_path):
    path = tmp_path / "folder" / "file"
    write_atomically(path, b"a longer text")
    write_atomically(path, b"short")
    assert path.read_bytes() == b"short"
    assert path.stat().st_mode & 0o777 == 0o644
