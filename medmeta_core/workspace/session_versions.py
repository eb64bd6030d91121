"""Session files of older versions, brought to the present fields before anything is checked."""

from collections.abc import Mapping, Sequence
from typing import Any

VERSION = 3
OLDEST = 1

_ADDED_AFTER: Mapping[int, Mapping[str, Sequence[str]]] = {
    1: {
        "verdicts": (
            "answer_outcome",
            "answer_condition",
            "answer_probability",
            "answer_thresholds",
        ),
        "audit": ("rows", "salt", "detail_digest"),
    },
    2: {"refusals": ("facts",)},
}
"""{version: the columns by table that the next one added}"""


def with_present_fields(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest with the fields of `VERSION`; what was not written down then is unknown.

    What is not of the form of its version stays as it is, to be refused by the checks.
    """
    present = dict(manifest)
    for version in range(manifest.get("version", VERSION), VERSION):
        for table, added in _ADDED_AFTER[version].items():
            if table in present:
                present[table] = _with(present[table], added)
    return present


def _with(rows: object, added: Sequence[str]) -> object:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return rows
    overlaps = any(name in row for row in rows for name in added)
    return rows if overlaps else [{**row, **dict.fromkeys(added)} for row in rows]
