"""The fork server: a process that has every decoder loaded and forks a child for each batch.

Run as `python -m medmeta_core.imaging.guard.fork_server FD`; FD is a socket over which the page's
process sends the child's end of a new line. Forking from here, not from the page's
process, costs a few milliseconds, copies no memory of the page, and never runs the page's
script again, as the start methods of `multiprocessing` would under Streamlit.
"""

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.clock import PATIENCE
from medmeta_core.imaging.guard.commands import VERBS
from medmeta_core.imaging.guard.warm_up import warm_up
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused
from medmeta_core.memory_limit import lift_memory_limit

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
"""prctl(2); Python has no name for it."""


def run(control: socket.socket, verbs: Mapping[str, protocol.Verb]) -> None:
    """Fork a child for each line that comes, until the page's process is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children vanish by themselves
    gc.collect()
    gc.freeze()
    while True:
        message, lines, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            try:
                control.close()
                _live(socket.socket(fileno=lines[0]), verbs)
            finally:
                os._exit(0)
        os.close(lines[0])


def _live(line: socket.socket, verbs: Mapping[str, protocol.Verb]) -> None:
    """A child's life: greet with a handle by which it can be killed, then answer requests."""
    _restrict()
    socket.send_fds(line, [b"+"], [os.pidfd_open(os.getpid())])
    may_go_on = True
    while may_go_on:
        greeting, contents, _, _ = socket.recv_fds(line, 1, 1)
        if not greeting:
            return
        request, _ = protocol.receive(line, max_bytes=0)
        with os.fdopen(contents[0], "rb") as content:
            may_go_on = _answer(line, request, verbs[request["verb"]](content, request))


def _restrict() -> None:
    """Bound what this process may use from now on; no way leads back."""
    _end_with_the_parent()
    resource.setrlimit(resource.RLIMIT_AS, (LIMITS.memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold a patient's image
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _end_with_the_parent() -> None:
    """Have the kernel end this process when the one that forked it ends, in whatever way."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:  # it ended before the kernel knew
        os._exit(0)


def _answer(
    line: socket.socket, request: protocol.Header, answers: Iterator[protocol.Answer]
) -> bool:
    """Send the answers, and how it ended; False where this child had better end too."""
    seconds = request["seconds"]
    try:
        while True:
            # Ends the process even in the middle of C code, should nobody be left to kill it.
            signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds + 1)
            header, arrays = next(answers, (None, ()))
            signal.setitimer(signal.ITIMER_REAL, 0)
            if header is None:
                break
            protocol.send(line, header, *arrays)
            seconds = request["storing_seconds" if "decoded" in header else "seconds"]
        ending: dict[str, Any] = {"end": True}
    except Refused as refused:
        ending = {"refused": refused.rule, "facts": refused.facts}
    except MemoryError:
        ending = {"refused": "decoder-memory", "facts": {"limit": LIMITS.memory_bytes >> 20}}
    except Exception:  # noqa: BLE001 (whatever a decoder raises, the file is at fault)
        ending = {"refused": "decoder-failed", "facts": {}}
    signal.setitimer(signal.ITIMER_REAL, 0)
    ending["resident"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    protocol.send(line, ending)
    return ending.get("refused") != "decoder-memory"


def main() -> None:
    """Serve the socket whose number is the first argument."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lift_memory_limit()
    warm_up()
    run(socket.socket(fileno=int(sys.argv[1])), VERBS)


if __name__ == "__main__":
    main()
