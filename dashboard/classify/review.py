"""A case under review, and how the reviewer's word on it comes into the store."""

from dataclasses import dataclass

from dashboard.engine import store
from medmeta_core.casework import Review, preferences_of
from medmeta_core.shown_answer import ShownAnswer
from medmeta_core.workspace import AdaptationRecord, StoredImage, VerdictRecord, Workspace


@dataclass(frozen=True)
class ReviewedCase:
    """A case under review: where, with which adaptation, and what was said so far."""

    workspace: Workspace
    record: AdaptationRecord
    case: StoredImage
    history: Review

    def save(
        self,
        decision: str,
        *,
        condition: str | None = None,
        comment: str = "",
        answer: ShownAnswer | None = None,
    ) -> None:
        """Put a verdict into the store, with the answer that was on the screen."""
        operator = preferences_of(store().workspace(self.workspace.id)).operator
        store().save_verdict(
            self.workspace.id,
            VerdictRecord(
                image_id=self.case.id,
                adaptation_id=self.record.id,
                decision=decision,
                condition=condition,
                comment=comment,
                operator=operator,
                answer=answer,
            ),
        )
