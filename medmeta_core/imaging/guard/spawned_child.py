"""A child that was spawned: `python -m medmeta_core.imaging.guard.spawned_child`.

It is ready when it has told its process id, and ends when its parent does.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import psutil

from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.commands import VERBS
from medmeta_core.imaging.guard.serving import answer
from medmeta_core.imaging.guard.warm_up import warm_up
from medmeta_core.operating_system import forbid_core_files, forbid_writing, limit_private_memory
from medmeta_core.pipe_line import line_to_parent


def run(line: protocol.Line, verbs: Mapping[str, protocol.Verb]) -> None:
    """Answer requests until nobody asks any more."""
    forbid_core_files()
    forbid_writing()
    protocol.send(line, {"pid": os.getpid()})
    may_go_on = True
    while may_go_on:
        try:
            request, _ = protocol.receive(line, max_bytes=0)
        except protocol.Broken:
            return
        with Path(request["path"]).open("rb") as content:
            answers = verbs[request["verb"]](content, request)
            may_go_on = answer(line, request, answers, alarm=_no_alarm, resident=_resident)


def _no_alarm(seconds: float) -> None:
    """The parent keeps the time; where it is gone, this process ends by its line."""


def _resident() -> int:
    """Bytes now resident: not every system tells the most that ever were."""
    return int(psutil.Process().memory_info().rss)


def main() -> None:
    """Serve the parent."""
    line = line_to_parent()
    limit_private_memory(None)
    warm_up()
    run(line, VERBS)


if __name__ == "__main__":
    main()
