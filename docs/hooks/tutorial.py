"""Tutorials: Python scripts in the percent format, run cell by cell.

A cell begins with `# %%`; one that begins with `# %% [markdown]` is text behind `# `. Editors open
such a script as a notebook. The tests run each tutorial as it stands (tests/test_tutorials.py); the
site shows what the cells print and draw.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGINNING = re.compile(r"^# %%(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A piece of a tutorial: Markdown, or code with the number of its first line."""

    text: str
    line: int
    is_code: bool


@dataclass(frozen=True)
class Output:
    """What a cell printed, and the PNGs of the figures that it left open."""

    printed: str
    figures: tuple[bytes, ...]


def cells(source: str) -> Iterator[Cell]:
    """The cells of a script.

    >>> script = ["# %% [markdown]", "# A title", "# %%", "print(1)"]
    >>> [cell.text for cell in cells(chr(10).join(script))]
    ['A title', 'print(1)']
    """
    marks = list(BEGINNING.finditer(source))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        body = source[mark.end() + 1 : following.start() if following else len(source)]
        line = source.count("\n", 0, mark.end()) + 2
        if "[markdown]" in mark[1]:
            yield Cell(re.sub(r"^# ?", "", body, flags=re.MULTILINE).strip(), line, False)
        elif body.strip():
            yield Cell(body.rstrip(), line, True)


def run(path: Path) -> Iterator[tuple[Cell, Output | None]]:
    """Each cell with what it printed and drew; None for a cell of text.

    Raises:
        Exception: whatever a cell raises; its traceback names the script and the line.
    """
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    for cell in cells(path.read_text(encoding="utf-8")):
        yield cell, _outcome(cell, path, names) if cell.is_code else None


def _outcome(cell: Cell, path: Path, names: dict[str, Any]) -> Output:
    code = compile("\n" * (cell.line - 1) + cell.text, str(path), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)  # noqa: S102 (our own script)
    return Output(printed.getvalue(), _figures())


def _figures() -> tuple[bytes, ...]:
    import matplotlib.pyplot as plt

    found = []
    for number in plt.get_fignums():
        content = io.BytesIO()
        plt.figure(number).savefig(content, format="png", dpi=100, bbox_inches="tight")
        found.append(content.getvalue())
    plt.close("all")
    return tuple(found)
