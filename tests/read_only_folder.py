"""A folder that really cannot be written, for processes that a test starts."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOUNT = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'


@contextmanager
def read_only(folder: Path) -> Iterator[list[str]]:
    """What to put before a command, so that it cannot write into `folder`.

    Root may write everywhere but on a disk that is mounted read-only; such a mount ends with the
    command, which has a view of the disks of its own. Others are kept out by the folder's mode.
    """
    if os.getuid() == 0:
        prefix = ["unshare", "--mount", "sh", "-c", MOUNT, "sh", str(folder)]
        if shutil.which("unshare") is None or subprocess.run([*prefix, "true"]).returncode:
            pytest.skip("a read-only mount is not allowed here")
        yield prefix
        return
    folder.chmod(0o500)
    yield []
    folder.chmod(0o700)
