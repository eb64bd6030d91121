"""`medmeta app`: the dashboard in the browser."""

import importlib.util
import os
from pathlib import Path
from typing import Annotated

import typer

from medmeta_core.cli.console import tell
from medmeta_core.errors import MedMetaError
from medmeta_core.operating_system import HAS_FORK_SERVER, become_python


def app_command(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Open the dashboard on this machine."""
    script = dashboard_script()
    # Workers that wait must sleep, not spin: the browser wants the processor too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    options = ["--server.port", str(port), "--server.headless", str(not browser).lower()]
    if not HAS_FORK_SERVER:
        tell("Files are decoded in a process that is watched, not bounded (SECURITY.md).")
    become_python(["-m", "streamlit", "run", str(script), *options])


def dashboard_script() -> Path:
    """The dashboard's application, beside the core or installed with it; its settings lie there.

    Raises:
        MedMetaError: the package `dashboard` is not installed.
    """
    spec = importlib.util.find_spec("dashboard")
    if spec is None or spec.origin is None:
        raise MedMetaError("no-dashboard")
    return Path(spec.origin).with_name("app.py")
