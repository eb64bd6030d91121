"""`Report`: everything one report holds, and how to reproduce it.

Nothing here names a patient: pictures go by their alias, and so do refused inputs, because
the name of a file is often the name of a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from medmeta_core.explanation import Explanation
from medmeta_core.languages import FALLBACK
from medmeta_core.reporting.report_parts import (
    ConditionSummary,
    ExampleNote,
    MatchNote,
    RefusedInput,
    SimilarPicture,
    UnclassifiedCase,
)
from medmeta_core.short_repr import MAX_OF_A_LIST, ShortRepr, html_table, shortened
from medmeta_core.shown_answer import READINGS, ShownAnswer
from medmeta_core.trust import AbstentionRule, CrossValidation, Prediction, shown_answer

Decision = Literal[
    "accept", "reject", "changed", "unsure", "rightly-unnamed", "none-of-these", "before-reveal"
]
ColourMap = Literal["inferno", "cividis"]

NONE_OF_THESE = "none-of-these"


class GivenFor(NamedTuple):
    """The adaptation whose answer a verdict was given on: key of its method, when it was made."""

    method: str
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """What the reviewer says of a case.

    Attributes:
        decision: "changed" and "before-reveal" name a condition of the reviewer's own.
        condition: that condition; None for "none of these".
        comment: free text of the reviewer.
        operator: who says so.
        at: when, with zone.
        answer: what the verdict is on; None before any was shown, and in verdicts that were given
            before answers were stored with them.
        given_for: the adaptation that gave that answer, where it is not the report's.
    """

    decision: Decision
    condition: str | None
    comment: str
    operator: str
    at: datetime
    answer: ShownAnswer | None = None
    given_for: GivenFor | None = None

    def __post_init__(self) -> None:
        _require_zone("Verdict.at", self.at)

    @property
    def reading(self) -> str | None:
        """What the reviewer sees in the image: a condition, `NONE_OF_THESE`, or None if unsaid."""
        if self.decision not in READINGS:
            return None
        return NONE_OF_THESE if self.decision == NONE_OF_THESE else self.condition


@dataclass(frozen=True, eq=False)
class CaseReport:
    """One case and what is said of it.

    Attributes:
        alias: as on screen ("C3").
        picture_png: the picture as shown.
        overlay_png: the same picture under the heat map; None where there is no heat map.
        prediction: the answer.
        explanation: the heat map's condition and unscaled peak.
        similar: nearest examples, nearest first.
        notes: codes of quality and scope remarks ("lossy-compression"); an unknown code is
            printed as it is.
        verdict: the reviewer's last word after an answer was shown, which may have been
            another answer than `prediction`.
        first_impression: the reviewer's word before it was shown, where that was asked for.
        seconds: from the picture to its answer.
        modality: DICOM code, "" where unknown.
        source_digest: sha256 of the file the picture came from, "" where unknown.
        match: the examples that the case is or is of the same patient as, which were left out.
    """

    alias: str
    picture_png: bytes
    overlay_png: bytes | None
    prediction: Prediction
    explanation: Explanation | None
    similar: tuple[SimilarPicture, ...] = ()
    notes: tuple[str, ...] = ()
    verdict: Verdict | None = None
    first_impression: Verdict | None = None
    seconds: float = 0.0
    modality: str = ""
    source_digest: str = ""
    match: MatchNote | None = None

    @property
    def verdict_on_it(self) -> Verdict | None:
        """The verdict, where it was given on just this answer."""
        return self.verdict if self.verdict and self._has_verdict(self.verdict) else None

    @property
    def earlier_verdict(self) -> Verdict | None:
        """The verdict, where it was given on another answer, or nobody knows on which."""
        return None if self.verdict_on_it else self.verdict

    def _has_verdict(self, verdict: Verdict) -> bool:
        return shown_answer(self.prediction).agrees_with(verdict.answer)


@dataclass(frozen=True, eq=False, repr=False)
class Report(ShortRepr):
    """Everything one report holds.

    Attributes:
        title: the user's own.
        workspace: the workspace's name.
        created: with zone; also the date inside the PDF, so that equal reports are equal bytes.
        operator: who made the report; "" is printed as "not stated".
        conditions: in the order of the support set.
        cases: in the order of entry.
        cross_validation: leave-one-out over the examples.
        method: key of `METHODS` ("prototypical").
        settings: hyper-parameters by name; values that JSON can hold.
        backbone: name of the network under the method.
        backbone_sha256: digest of its weights.
        rule: the thresholds under which no condition is named.
        versions: software by name ("medmeta" → "0.1.0").
        seed: of every random step.
        refusals: inputs that could not be read.
        unclassified: cases that could not be classified without their own examples.
        example_notes: what to know of the examples before the figures are trusted.
        session_digest: sha256 of the session file, "" where none was written.
        audit_head: digest of the newest entry of the audit log, "" where there is none.
        language: of the report's own words.
        colour_map: of the overlays.
        colours: of conditions, as on screen ("#0072B2"); others follow the order of the set.
        is_demo: whether the workspace is an example that came with the software.
        opened_from: sha256 of the session file by which the workspace came, "" where it was
            begun here.
        log_is_unbroken: whether the log, and the rows that it vouches for, are as they were
            written; None where nobody looked.
    """

    title: str
    workspace: str
    created: datetime
    operator: str
    conditions: tuple[ConditionSummary, ...]
    cases: tuple[CaseReport, ...]
    cross_validation: CrossValidation
    method: str
    settings: Mapping[str, object]
    backbone: str
    backbone_sha256: str
    rule: AbstentionRule
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    refusals: tuple[RefusedInput, ...] = ()
    unclassified: tuple[UnclassifiedCase, ...] = ()
    example_notes: tuple[ExampleNote, ...] = ()
    session_digest: str = ""
    audit_head: str = ""
    language: str = FALLBACK
    colour_map: ColourMap = "inferno"
    colours: Mapping[str, str] = field(default_factory=dict)
    is_demo: bool = False
    opened_from: str = ""
    log_is_unbroken: bool | None = None

    def __post_init__(self) -> None:
        _require_zone("Report.created", self.created)

    def _in_short(self) -> Mapping[str, str]:
        return {
            "title": repr(shortened(self.title, MAX_OF_A_LIST)),
            "created": f"{self.created:%Y-%m-%d %H:%M}",
            "method": repr(self.method),
            "cases": str(len(self.cases)),
        }

    def _repr_html_(self) -> str:
        """For a notebook: what it is about, and the first condition of each case."""
        conditions_by_case = {case.alias: case.prediction.first for case in self.cases}
        conditions = ", ".join(one.name for one in self.conditions)
        facts = {"created": f"{self.created:%Y-%m-%d %H:%M}", "method": self.method}
        return html_table(
            {**facts, "conditions": conditions, **conditions_by_case}, title=self.title
        )


def _require_zone(where: str, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError(f"{where}: expected a time with zone, found none")
