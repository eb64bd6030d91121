"""How the command speaks: progress and refusals on standard error, results on standard output."""

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from medmeta_core.cli.printable import printable, printable_json
from medmeta_core.errors import MedMetaError, system_error
from medmeta_core.progress import Progress

STANDARD_OUTPUT = Path("-")
BAD_INPUT = 2

error_console = Console(stderr=True)


def say(text: str) -> None:
    """A result, on standard output."""
    typer.echo(printable(text))


def tell(text: str) -> None:
    """A remark or a refusal, on standard error."""
    error_console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A progress listener that draws a bar on standard error while the work lasts."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[label]}", markup=False),
    )
    with Bar(
        *columns, console=error_console, transient=True, disable=not error_console.is_terminal
    ) as bar:
        task = bar.add_task(printable(title), total=1.0, label="")

        def listen(fraction: float, label: str) -> None:
            bar.update(task, completed=fraction, label=printable(label))

        yield listen


def write_json(content: dict[str, Any], target: Path) -> None:
    """Write JSON to a file, or alone to standard output where `target` is `-`.

    Raises:
        MedMetaError: the file cannot be written.
    """
    text = json.dumps(finite(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    text = printable_json(text)
    if target == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    write_bytes(text.encode(), target)


def write_bytes(content: bytes, target: Path) -> None:
    """Write a file.

    Raises:
        MedMetaError: it cannot be written.
    """
    try:
        target.write_bytes(content)
    except OSError as error:
        raise MedMetaError("output", path=str(target), error=system_error(error)) from error


def finite(value: Any) -> Any:
    """The same JSON value with null where a number is not finite."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
