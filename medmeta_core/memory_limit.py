"""A limit for the memory of the server's own process, and how to tell that it was reached.

What counts is the private memory that the process has reserved (RLIMIT_DATA, setrlimit(2)), which
is more than what it uses: each thread reserves a stack. Child processes have limits of their own.
"""

import errno
import os
from collections.abc import Iterator

from medmeta_core.errors import MedMetaError
from medmeta_core.operating_system import HAS_MEMORY_LIMIT, limit_private_memory

MEMORY_LIMIT = "MEDMETA_SERVER_MEMORY_MB"
LEAST_MB = 2048
"""What the server reserves with its libraries loaded and one model warm."""

_MEMORY_MESSAGES = (
    "allocate memory",  # torch: "DefaultCPUAllocator: can't allocate memory"; strerror(ENOMEM)
    "not enough memory",
    "out of memory",
    "bad_alloc",
    "can't start new thread",  # there is no room for its stack
)
"""How libraries say in a RuntimeError that the system gave no memory."""


def limit_memory() -> None:
    """Bound what this process may reserve by $MEDMETA_SERVER_MEMORY_MB, where it is set.

    Raises:
        MedMetaError: it is no whole number, too few, or this system has no such limit.
    """
    stated = os.environ.get(MEMORY_LIMIT)
    if stated is None:
        return
    if not (stated.isascii() and stated.isdecimal() and int(stated[:12]) >= LEAST_MB):
        value = stated[:40]
        raise MedMetaError("memory-limit", name=MEMORY_LIMIT, least=LEAST_MB, found=value)
    if not HAS_MEMORY_LIMIT:
        raise MedMetaError("memory-limit-elsewhere", name=MEMORY_LIMIT)
    limit_private_memory(int(stated[:12]) << 20)


def lacks_memory(error: BaseException) -> bool:
    """Whether the system gave no memory is what an error, or one that led to it, says.

    >>> lacks_memory(MemoryError()), lacks_memory(ValueError("allocate memory"))
    (True, False)
    """
    return any(map(_says_so, _chain(error)))


def _says_so(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if isinstance(error, RuntimeError):
        return any(words in str(error).lower() for words in _MEMORY_MESSAGES)
    return isinstance(error, MemoryError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it."""
    visited: set[int] = set()
    while error is not None and id(error) not in visited:
        visited.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
