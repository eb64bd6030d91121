"""Session files of older versions, brought to the present fields before anything is checked."""

from collections.abc import Mapping
from typing import Any

VERSION = 2
OLDEST = 1

_ADDED_TO_VERDICTS = (
    "answer_outcome",
    "answer_condition",
    "answer_probability",
    "answer_thresholds",
)


def with_present_fields(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest with the fields of `VERSION`; what was not written down then is unknown.

    What is not of the form of its version stays as it is, to be refused by the checks.
    """
    if manifest.get("version") == VERSION:
        return manifest
    verdicts = manifest.get("verdicts")
    if not isinstance(verdicts, list) or not all(isinstance(row, dict) for row in verdicts):
        return manifest
    unknown = dict.fromkeys(_ADDED_TO_VERDICTS)
    overlaps = any(name in row for row in verdicts for name in unknown)
    return manifest if overlaps else {**manifest, "verdicts": [{**r, **unknown} for r in verdicts]}
