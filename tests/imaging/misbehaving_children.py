"""Children that misbehave on request, to see whether the guard holds.

Run with the number of a socket it is a fork server with other verbs, without one a spawned child;
no bytes from outside can reach these.
"""

import ctypes
import resource
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from medmeta_core.imaging.guard import fork_server, protocol, spawned_child
from medmeta_core.pipe_line import line_to_parent


def echo(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    yield {"said": options["say"]}, (memoryview(content.read()),)


def hang(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    time.sleep(3600)
    yield {}, ()


def spin(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    _compute(options["seconds_wanted"])
    yield {"done": True}, ()


def dawdle(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """Wait for longer than the processor's time and less than the wall's."""
    time.sleep(options["seconds_wanted"])
    yield {"done": True}, ()


def decode_and_spin(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    yield {"decoded": True}, ()
    _compute(options["seconds_wanted"])
    yield {"done": True}, ()


def _compute(seconds: float) -> None:
    """Use so much of the processor's time."""
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass


def crash(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    ctypes.string_at(0)  # SIGSEGV
    yield {}, ()


def swell(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """Take memory until there is none; tell how much was ever resident, in bytes."""
    taken = []
    try:
        while True:
            taken.append(b"x" * 2**24)
    except MemoryError:
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if options["tell"]:
            taken.clear()
            yield {"resident": resident}, ()
        else:
            raise


def lie(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """Answer with the header that was asked for, be it ever so wrong."""
    yield options["header"], (memoryview(b"\x80" * options["n_bytes"]),)


def write_file(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    Path(options["path"]).write_bytes(b"x" * 100)
    yield {}, ()


VERBS = {
    verb.__name__: verb
    for verb in (echo, hang, spin, dawdle, decode_and_spin, crash, swell, lie, write_file)
}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        fork_server.run(socket.socket(fileno=int(sys.argv[1])), VERBS)
    else:
        spawned_child.run(line_to_parent(), VERBS)
