"""How many real DICOM files are read, why the others are not, how fast, in how much memory.

Run: python benchmarks/decoding.py [FOLDER]
FOLDER holds the files and, optionally, INDEX.csv, whose column `decodes_builtin` begins with
"n/a" for files without pixels. Without FOLDER, pydicom's bundled files are read.
"""

import csv
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.data import get_testdata_file

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging.guard.guard import Guard


@dataclass(frozen=True)
class Outcome:
    """What came of one file; `rule` and `reason` are "" where it was read."""

    path: str
    seconds: float
    rule: str = ""
    reason: str = ""


def files_of(folder: Path | None) -> dict[Path, bool]:
    """Each file, and whether it is known to hold pixels."""
    if folder is None:
        bundled = Path(str(get_testdata_file("CT_small.dcm", download=False))).parent
        return dict.fromkeys(sorted(bundled.glob("*.dcm")), True)
    with (folder / "INDEX.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {folder / row["path"]: not row["decodes_builtin"].startswith("n/a") for row in rows}


def read_one(guard: Guard, path: Path) -> Outcome:
    """The outcome of decoding the middle frame in the child."""
    content, begun = path.read_bytes(), time.perf_counter()
    try:
        list(guard.ask("read", content, frames="middle"))
    except UnreadableImageError as error:
        return Outcome(str(path), time.perf_counter() - begun, error.rule, str(error))
    return Outcome(str(path), time.perf_counter() - begun)


def report(outcomes: list[Outcome], peak_bytes: int) -> Iterator[str]:
    """The figures, line by line."""
    refused = [outcome for outcome in outcomes if outcome.rule]
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    mean_ms = 1000 * sum(outcome.seconds for outcome in outcomes) / len(outcomes)
    yield f"read: {len(outcomes) - len(refused)} of {len(outcomes)} files"
    yield f"mean: {mean_ms:.1f} ms a file; slowest: {1000 * slowest.seconds:.0f} ms, {slowest.path}"
    yield f"most memory resident in a child: {peak_bytes / 2**20:.0f} MB"
    for outcome in refused:
        yield f"  {outcome.rule}: {outcome.reason} [{outcome.path}]"


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    files = files_of(folder)
    with Guard() as guard:
        outcomes = [read_one(guard, path) for path, has_pixels in files.items() if has_pixels]
        others = [read_one(guard, path) for path, has_pixels in files.items() if not has_pixels]
        lines = list(report(outcomes, guard.peak_bytes))
    if others:
        counts = sorted(Counter(outcome.rule or "read" for outcome in others).items())
        lines.append(f"files without pixels: {len(others)}")
        lines += [f"  {rule}: {n}" for rule, n in counts]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
