"""What can go wrong, told in words fit for the person who can mend it.

`MedMetaError` and its children are shown to the clinician as they are: the sentence says where,
the rule, and what was found, and never anything of the patient. It is made from the rule and its
facts, in each language (`medmeta_core.messages`). A `ValueError` from the core is our own bug and
is shown as an incident number.
"""

import errno
from collections.abc import Mapping
from typing import Any

from medmeta_core.messages import Fact, codes, sentence


class MedMetaError(Exception):
    """A message for the clinician; its text is the English sentence.

    Attributes:
        rule: that was broken; it has a sentence in `medmeta_core.messages`.
        facts: what was found, by name: numbers, codes, and what the user wrote.
    """

    def __init__(self, rule: str, /, **facts: Fact) -> None:
        super().__init__(sentence(rule, facts))
        self.rule = rule
        self.facts: Mapping[str, Fact] = facts

    def message_in(self, language: str) -> str:
        """The sentence in a language."""
        return sentence(self.rule, self.facts, language)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (type(self), self.rule, dict(self.facts))


class UnreadableImageError(MedMetaError):
    """The bytes are not an image this software reads, or break one of its limits."""


class SupportSetError(MedMetaError):
    """The examples cannot form a task."""


class HyperParameterError(MedMetaError):
    """A method has no such hyper-parameter, or its value is out of range."""


class BackboneError(MedMetaError):
    """Weights are missing, altered or do not fit the architecture."""


class AdaptationFileError(MedMetaError):
    """The file of an adaptation is damaged, hostile, of another version or of other weights."""


class NumericalError(MedMetaError):
    """A computation has no finite answer on these images."""

    def __init__(self) -> None:
        super().__init__("numerical-failure")


class OutOfMemoryError(MedMetaError):
    """The process has come to the limit of its memory."""

    def __init__(self) -> None:
        super().__init__("server-memory")


class WorkspaceError(MedMetaError):
    """The store does not hold what was asked for, or cannot be written."""


class SessionFileError(WorkspaceError):
    """A session file is damaged, altered or of an unknown version."""


class Stopped(MedMetaError):
    """The user stopped the work."""

    def __init__(self) -> None:
        super().__init__("stopped")


class IncidentError(MedMetaError):
    """A fault of this software itself, which the log explains under a number."""

    def __init__(self, number: str) -> None:
        super().__init__("incident", number=number)


def system_error(error: OSError) -> str:
    """The code of what the system said, as sentences know it: "ENOENT", …, or "other".

    >>> system_error(FileNotFoundError(2, "No such file or directory"))
    'ENOENT'
    """
    name = errno.errorcode.get(error.errno or 0, "other")
    return name if name in codes("en")["error"] else "other"


def _unpickled(kind: type[MedMetaError], rule: str, facts: Mapping[str, Fact]) -> MedMetaError:
    error = kind.__new__(kind)
    MedMetaError.__init__(error, rule, **facts)
    return error
