"""A child's life: it answers requests, one after the other, until nobody asks any more."""

from collections.abc import Callable, Iterator
from typing import Any

from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.clock import PATIENCE
from medmeta_core.imaging.limits import LIMITS
from medmeta_core.imaging.refusals import Refused

Alarm = Callable[[float], object]
"""Ends this process after so many seconds, unless it is reset before; 0 sets none."""


def answer(
    line: protocol.Line,
    request: protocol.Header,
    answers: Iterator[protocol.Answer],
    *,
    alarm: Alarm,
    resident: Callable[[], int],
) -> bool:
    """Send the answers, and how it ended; False where this child had better end too.

    Args:
        resident: the most bytes of memory that this process ever had resident.
    """
    seconds = request["seconds"]
    try:
        while True:
            alarm(PATIENCE * seconds + 1)  # should nobody be left to kill this process
            header, arrays = next(answers, (None, ()))
            alarm(0)
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
    alarm(0)
    protocol.send(line, ending | {"resident": resident()})
    return ending.get("refused") != "decoder-memory"
