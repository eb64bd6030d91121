"""How much memory a piece of work takes at its peak, beside what was held before."""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STATUS = Path("/proc/self/status")


def traced_peak(work: Callable[[], object]) -> int:
    """The most bytes that Python's allocators, and NumPy's, held meanwhile."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@contextmanager
def resident_peak() -> Iterator[Callable[[], int]]:
    """A function that tells by how many bytes this process grew at most; torch's count, too."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here (proc(5))
    before = _status("VmRSS")
    yield lambda: _status("VmHWM") - before


def resident_peak_apart(prepare: str, work: str) -> int:
    """The same of statements in a process of their own, after others that are not counted."""
    script = (
        f"{prepare}\nfrom peak_memory import resident_peak\n"
        f"with resident_peak() as grown:\n    {work}\nprint(grown())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def _status(field: str) -> int:
    lines = STATUS.read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))
