"""Tables of the methods in Markdown files, made from the catalogue.

`python -m medmeta_core.methods.tables README.md …` regenerates the text in each file between the
lines BEGIN and END, and the methods of a family between `<!-- family: NAME -->` and `<!-- end -->`.
"""

import re
import sys
from pathlib import Path

from medmeta_core.methods.catalogue import METHODS, MethodEntry, members

BEGIN, END = "<!-- methods: made by medmeta_core.methods.tables -->", "<!-- methods: end -->"

FAMILY = re.compile(r"(<!-- family: (\w+) -->).*?(<!-- end -->)")


def table() -> str:
    """A row for each method: title, key, papers, file."""
    rows = ["| method | key | paper | file |", "|---|---|---|---|"]
    return "\n".join([*rows, *map(_row, METHODS.values())])


def with_tables(text: str) -> str:
    """The text of a file with its table and lists regenerated; the same where it has none.

    >>> with_tables("<!-- family: retrain -->a<!-- end -->")
    '<!-- family: retrain -->`film`, `fine-tuning`<!-- end -->'
    """
    text = FAMILY.sub(lambda match: f"{match[1]}{_listed(match[2])}{match[3]}", text)
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}" if begin and end else text


def _listed(family: str) -> str:
    return ", ".join(f"`{key}`" for key in members(family))


def _row(entry: MethodEntry) -> str:
    file = "/".join(entry.kind.__module__.split(".")[1:]) + ".py"
    return f"| {entry.title} | `{entry.key}` | {entry.cited()} | `{file}` |"


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
