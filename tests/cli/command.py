"""The command `medmeta`, run as its users run it."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from medmeta_core.cli import main


@dataclass(frozen=True)
class Run:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def medmeta(*arguments: str | Path) -> Run:
    """The command in this process, which has torch imported already."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        patch.setattr(sys, "argv", ["medmeta", *map(str, arguments)])
        main()
    return Run(int(end.value.code or 0), out.getvalue(), err.getvalue())


def medmeta_process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "medmeta_core.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
