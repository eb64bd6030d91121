"""What the reviewer said of the cases: pages and report read it here alone.

What was said belongs to the case and to the answer that was on the screen: it outlives the
adaptation that gave the answer, and never stands beside another answer without saying so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from medmeta_core.casework.classifying import cases_of
from medmeta_core.casework.preferences import preferences_of
from medmeta_core.shown_answer import ShownAnswer, still_holds
from medmeta_core.workspace import AdaptationRecord, Store, VerdictRecord, Workspace

BEFORE_REVEAL = "before-reveal"


@dataclass(frozen=True)
class Review:
    """What was said of a case.

    Attributes:
        first_impression: the first condition named before an answer was shown.
        verdict: the last word after one was shown, whichever it was.
        given_for: the adaptation whose answer the verdict was given on, where it is not the one in
            use.
    """

    first_impression: VerdictRecord | None = None
    verdict: VerdictRecord | None = None
    given_for: AdaptationRecord | None = None

    def is_on(self, now: ShownAnswer) -> bool:
        """Whether the verdict was given on just this answer."""
        return self.verdict is not None and now.agrees_with(self.verdict.answer)

    def holds_for(self, now: ShownAnswer) -> bool:
        """Whether nothing need be asked again; what a reader sees holds for every answer."""
        verdict = self.verdict
        return verdict is not None and still_holds(verdict.decision, verdict.answer, now)


def reviews_of(store: Store, record: AdaptationRecord) -> dict[str, Review]:
    """What was said of each case, under the adaptation in use or under any before, by its id."""
    workspace_id = store.owner_of_adaptation(record.id)
    adaptations = {one.id: one for one in store.adaptations(workspace_id) if one.id != record.id}
    of_case: dict[str, list[VerdictRecord]] = {}
    for verdict in store.verdicts(workspace_id):
        of_case.setdefault(verdict.image_id, []).append(verdict)
    reviews = {}
    for image_id, verdicts in of_case.items():
        first, last = _first_and_last(verdicts)
        adaptation_id = last.adaptation_id if last else None
        reviews[image_id] = Review(first, last, adaptations.get(adaptation_id or ""))
    return reviews


def withheld_cases(store: Store, record: AdaptationRecord, workspace: Workspace) -> frozenset[str]:
    """Cases whose answer is hidden until the reviewer has named a condition.

    Whoever has seen an answer once cannot name a condition before seeing it.
    """
    if not preferences_of(workspace).commits_first:
        return frozenset()
    reviews = reviews_of(store, record)
    return frozenset(case.id for case in cases_of(store, workspace.id) if case.id not in reviews)


def _first_and_last(
    verdicts: Sequence[VerdictRecord],
) -> tuple[VerdictRecord | None, VerdictRecord | None]:
    before = [verdict for verdict in verdicts if verdict.decision == BEFORE_REVEAL]
    after = [verdict for verdict in verdicts if verdict.decision != BEFORE_REVEAL]
    return before[0] if before else None, after[-1] if after else None
