"""What can go wrong, told in words fit for the person who can mend it.

`MedMetaError` and its children are shown to the clinician as they are: the message says
where, the rule, and what was found, and never anything of the patient. A `ValueError`
from the core is our own bug and is shown as an incident number.
"""


class MedMetaError(Exception):
    """A message for the clinician; `rule` names the rule that was broken."""

    def __init__(self, message: str, *, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


class UnreadableImageError(MedMetaError):
    """The bytes are not an image this software reads, or break one of its limits."""


class SupportSetError(MedMetaError):
    """The examples cannot form a task."""


class BackboneError(MedMetaError):
    """Weights are missing, altered or do not fit the architecture."""


class NumericalError(MedMetaError):
    """A computation has no finite answer on these images."""

    def __init__(self) -> None:
        super().__init__(
            "This cannot be computed on these images, as happens where they are blank, all alike "
            "or copies of one another: exclude such images, or choose another method or backbone.",
            rule="numerical-failure",
        )


class OutOfMemoryError(MedMetaError):
    """The process has come to the limit of its memory."""

    def __init__(self) -> None:
        super().__init__(
            "There was not enough memory on the server for this; what was stored before is "
            "untouched. Try again when other work has ended, or with fewer or smaller images.",
            rule="server-memory",
        )


class WorkspaceError(MedMetaError):
    """The store does not hold what was asked for, or cannot be written."""


class SessionFileError(WorkspaceError):
    """A session file is damaged, altered or of an unknown version."""


class Stopped(MedMetaError):
    """The user stopped the work."""

    def __init__(self) -> None:
        super().__init__("Stopped at the user's wish.", rule="stopped")
