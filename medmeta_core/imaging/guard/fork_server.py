"""The fork server: a process that has every decoder loaded and forks a child for each batch.

Run as `python -m medmeta_core.imaging.guard.fork_server FD`; FD is a socket over which the page's
process sends the child's end of a new line. Forking from here, not from the page's
process, costs a few milliseconds, copies no memory of the page, and never runs the page's
script again, as the start methods of `multiprocessing` would under Streamlit. Linux only.
"""

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping

from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.commands import VERBS
from medmeta_core.imaging.guard.serving import answer
from medmeta_core.imaging.guard.warm_up import warm_up
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.operating_system import (
    forbid_core_files,
    forbid_writing,
    limit_private_memory,
)

if sys.platform != "linux":
    raise ImportError("children are forked on Linux only")

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
            answers = verbs[request["verb"]](content, request)
            may_go_on = answer(line, request, answers, alarm=_alarm, resident=_resident)


def _restrict() -> None:
    """Bound what this process may use from now on; no way leads back."""
    _end_with_the_parent()
    resource.setrlimit(resource.RLIMIT_AS, (LIMITS.memory_bytes,) * 2)
    forbid_core_files()  # a core would hold a patient's image
    forbid_writing()


def _end_with_the_parent() -> None:
    """Have the kernel end this process when the one that forked it ends, in whatever way."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:  # it ended before the kernel knew
        os._exit(0)


def _alarm(seconds: float) -> None:
    """End the process after so many seconds, even in the middle of C code."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Serve the socket whose number is the first argument."""
    forbid_core_files()
    limit_private_memory(None)  # that of the server, which children inherit
    warm_up()
    run(socket.socket(fileno=int(sys.argv[1])), VERBS)


if __name__ == "__main__":
    main()
