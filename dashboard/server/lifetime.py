"""How the server ends: at once, cleanly, and with all its children.

Python's own way out would wait for the workers, for minutes, and then take the interpreter apart
around threads that are inside torch, which ends in a crash. Here the store is closed, the child
processes are ended, and the process leaves.
"""

import atexit
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

from streamlit.starlette import App

PATIENCE_SECONDS = 5.0
"""For requests that are under way when the server is asked to end."""

ENDING = ("SIGTERM", "SIGINT", "SIGHUP")
"""Asked by the system, by Ctrl+C, by closing the terminal."""


@asynccontextmanager
async def lifetime(_app: App) -> AsyncIterator[None]:
    """From when the server is ready until it has answered what was under way."""
    stop_requested = threading.Event()
    if threading.current_thread() is threading.main_thread():  # only there can signals be heard
        _listen(stop_requested)
    yield
    if stop_requested.is_set():
        leave()


def leave() -> None:
    """End this process now: what was registered to run at exit does, threads are left behind."""
    threading.Thread(target=_leave_later, daemon=True).start()  # should a closing never return
    atexit._run_exitfuncs()
    os._exit(0)


def _listen(stop_requested: threading.Event) -> None:
    """Bound how long the server takes to end; a second signal ends it at once."""
    ask_server: Callable[[int, FrameType | None], object] | int | None
    ask_server = signal.getsignal(signal.SIGTERM)  # that of the server, which is set by now

    def end(number: int, frame: FrameType | None) -> None:
        if stop_requested.is_set():
            leave()
        stop_requested.set()
        threading.Thread(target=_leave_later, daemon=True).start()
        if callable(ask_server):
            ask_server(number, frame)

    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, end)


def _leave_later() -> None:
    threading.Event().wait(PATIENCE_SECONDS)
    os._exit(0)
