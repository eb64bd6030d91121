"""Maps drawn in a process of their own: it can crash or be ended without taking this one along.

t-SNE on points without spread has killed the process that it ran in, and the fit of UMAP hears
nobody for seconds. `multiprocessing` would run the page's script again under Streamlit, so the
process is started as the guard of imaging starts its own. An idle one is kept for the next map:
importing and compiling UMAP takes most of 20 seconds.
"""

import atexit
import time
from threading import Lock

from medmeta_core.errors import NumericalError
from medmeta_core.explanation.principal_axes import Points
from medmeta_core.pipe_line import environment_for, receive_object, run_python, send_object
from medmeta_core.progress import Progress, silent

NEEDED = ("HOME", "USERPROFILE", "LOCALAPPDATA", "NUMBA_CACHE_DIR")
"""Variables that say where numba keeps what it has compiled."""

CHILD = "medmeta_core.explanation.projection_child"
INTERVAL_SECONDS = 0.1
"""How often the progress listener is asked whether to go on."""

HALF_SECONDS = 10.0
"""After which the bar stands at half: how far a fit has come cannot be known."""


class ProjectionProcess:
    """A process that draws one map after the other, at the other end of a line."""

    def __init__(self) -> None:
        environment = environment_for(*NEEDED, NUMBA_NUM_THREADS="1")
        self._process, self._line = run_python(("-m", CHILD), environment)

    @property
    def is_alive(self) -> bool:
        """Whether it waits for work or is at work."""
        return self._process.poll() is None

    def ask(self, request: tuple[object, ...], progress: Progress) -> tuple[Points, Points]:
        """Points and places.

        Raises:
            NumericalError: the map cannot be drawn, or the process died of it.
        """
        began = time.monotonic()
        try:
            send_object(self._line, request)
            while not self._line.poll(INTERVAL_SECONDS):
                waited = time.monotonic() - began
                progress(waited / (waited + HALF_SECONDS), "map")
            answer: tuple[Points, Points] | None = receive_object(self._line)
        except (EOFError, OSError) as error:
            raise NumericalError from error
        if answer is None:
            raise NumericalError
        return answer

    def end(self) -> None:
        """Kill it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._line.close()


_idle: list[ProjectionProcess] = []
_lock = Lock()


def project_apart(
    kind: str,
    embeddings: tuple[Points, Points],
    *,
    seed: int,
    progress: Progress = silent,
) -> tuple[Points, Points]:
    """Points of the examples and places of the cases by a key of `NEIGHBOUR_MAPS`.

    Args:
        embeddings: (n, d) of the examples and (m, d) of the cases.

    Raises:
        NumericalError: the map cannot be drawn, or the process died of it.
        Stopped: the progress listener stopped the work; the process is ended.
    """
    process, is_reusable = _idle_or_new(), False
    try:
        points = process.ask((kind, *embeddings, seed), progress)
        is_reusable = True
    finally:
        _keep(process) if is_reusable else process.end()
    return points


def _idle_or_new() -> ProjectionProcess:
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.is_alive:
                return process
            process.end()
    return ProjectionProcess()


def _keep(process: ProjectionProcess) -> None:
    """Keep one idle process; a second one is ended."""
    with _lock:
        if not _idle:
            _idle.append(process)
            return
    process.end()


def _end_idle() -> None:
    while _idle:
        _idle.pop().end()


atexit.register(_end_idle)
