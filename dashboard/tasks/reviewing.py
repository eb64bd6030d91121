"""What the reviewer said of the cases: pages and report read it here alone."""

from dataclasses import dataclass

from dashboard.engine import store
from dashboard.tasks.classifying import cases_of
from dashboard.tasks.preferences import preferences_of
from medmeta_core.workspace import AdaptationRecord, VerdictRecord, Workspace

BEFORE_REVEAL = "before-reveal"


@dataclass(frozen=True)
class Said:
    """What was said of a case under one adaptation.

    Attributes:
        first_impression: the first condition named before the answer was shown.
        verdict: the last word after it was shown.
    """

    first_impression: VerdictRecord | None = None
    verdict: VerdictRecord | None = None


def said_of(record: AdaptationRecord, workspace_id: str) -> dict[str, Said]:
    """What was said under an adaptation, by id of the case; another adaptation's is not."""
    under: dict[str, list[VerdictRecord]] = {}
    for verdict in store().verdicts(workspace_id):
        if verdict.adaptation_id == record.id:
            under.setdefault(verdict.image_id, []).append(verdict)
    return {image_id: _said(verdicts) for image_id, verdicts in under.items()}


def withheld_cases(record: AdaptationRecord, workspace: Workspace) -> frozenset[str]:
    """Cases whose answer is hidden until the reviewer has named a condition."""
    if not preferences_of(workspace).commits_first:
        return frozenset()
    said = said_of(record, workspace.id)
    return frozenset(case.id for case in cases_of(workspace.id) if case.id not in said)


def _said(verdicts: list[VerdictRecord]) -> Said:
    before = [verdict for verdict in verdicts if verdict.decision == BEFORE_REVEAL]
    after = [verdict for verdict in verdicts if verdict.decision != BEFORE_REVEAL]
    return Said(before[0] if before else None, after[-1] if after else None)
