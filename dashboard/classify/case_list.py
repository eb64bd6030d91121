"""The cases of a workspace with what was said of each; one of them is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard import state
from dashboard.classify.matching_words import match_line
from dashboard.classify.verdict_words import verdict_words
from dashboard.i18n import t
from dashboard.shared.condition_marks import NEUTRAL, Mark
from dashboard.shared.selection import Selection
from dashboard.web.answer import short_answer
from dashboard.web.picture_list import Line, PictureList, show_pictures
from medmeta_core.casework import Answer, CaseMatch, Preferences, Review
from medmeta_core.trust import shown_answer, under_rule
from medmeta_core.workspace import StoredImage

ABSTAINED = "○"


@dataclass(frozen=True)
class CaseListState:
    """What is known of the cases with the adaptation in use.

    Attributes:
        answers: by id of the case, as far as they are there.
        reviews: by id of the case, what the reviewer said of it.
        matches: by id of the case, the examples that it is or is of the same patient as.
    """

    cases: Sequence[StoredImage]
    answers: Mapping[str, Answer]
    reviews: Mapping[str, Review]
    preferences: Preferences
    matches: Mapping[str, CaseMatch] = field(default_factory=dict)

    def is_hidden(self, case_id: str) -> bool:
        """Whether the reviewer must name a condition before the answer shows."""
        return self.preferences.commits_first and case_id not in self.reviews


def show_cases(listing: CaseListState, marks: Mapping[str, Mark]) -> StoredImage:
    """Draw the list; the case that is looked at, at first the newest."""
    looked_at = next(
        (case for case in listing.cases if case.id == state.view().image), listing.cases[-1]
    )
    show_pictures(
        listing.cases,
        {case.id: _lines(case, listing, marks) for case in listing.cases},
        form=PictureList("list"),
        selection=Selection("case-list", (looked_at.id,), lambda ids: state.open_case(ids[0])),
    )
    return looked_at


def _lines(case: StoredImage, listing: CaseListState, marks: Mapping[str, Mark]) -> list[Line]:
    match = listing.matches.get(case.id)
    match_lines = [Line(match_line(match), faint=True)] if match else []
    if match and not match.is_classified:
        return match_lines
    return [*_answer_lines(case, listing, marks), *match_lines]


def _answer_lines(
    case: StoredImage, listing: CaseListState, marks: Mapping[str, Mark]
) -> list[Line]:
    answer = listing.answers.get(case.id)
    if answer is None:
        return [Line(t("classify.waiting"), faint=True)]
    if listing.is_hidden(case.id):
        return [Line(t("classify.hidden"), faint=True)]
    prediction = under_rule(answer.prediction, listing.preferences.rule)
    mark = marks[prediction.first]
    if prediction.abstention is not None:
        lines = [Line(short_answer(prediction), ABSTAINED, NEUTRAL)]
    else:
        lines = [Line(short_answer(prediction), mark.symbol, mark.colour)]
    review = listing.reviews.get(case.id)
    if review is not None and review.verdict is not None:
        now = shown_answer(prediction, listing.preferences.rule)
        lines.append(Line(verdict_words(review, now), faint=True))
        if not review.holds_for(now):
            lines.append(Line(t("verdict.ask_again"), faint=True))
    return lines
