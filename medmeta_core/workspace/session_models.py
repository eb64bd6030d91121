"""The form of everything in a session file that is more than a word or a number.

Whoever made the file could seal it, so each field is of its type and within bounds, no field is
unknown, and a text is a code or a name as it could have been given here. What fields mean stands
with the types that are written: `Preferences`, `CrossValidation`, `Choice`, `Prediction`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from medmeta_core.workspace.session_fields import (
    MAX_LIST,
    METHODS,
    Code,
    Condition,
    Count,
    Digest,
    Facts,
    Line,
    Method,
    MethodList,
    Moment,
    Note,
    Number,
    Positive,
    Pseudonym,
    Rule,
    Sentence,
    Share,
)

MAX_DEPTH = 6
MAX_ITEMS = 20_000


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Preferences(_Form):
    """How the pages are looked at, as far as their sliders go.

    `min_probability` is of earlier versions.
    """

    adaptation_id: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""
    min_typicality: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    min_right: Annotated[float, Field(ge=0.5, le=0.99)] = 0.8
    min_probability: Share = 0
    commits_first: bool = False
    left_right_matters: bool = False
    operator: Line = ""


class Settings(_Form):
    """A workspace's settings."""

    preferences: Preferences | None = None
    condition_numbers: dict[Condition, Count] | None = None
    former_condition_numbers: dict[Condition, Count] | None = None
    last_use: Moment | None = None


class Candidate(_Form):
    """A method that "automatic" asked."""

    method: Method
    accuracy: Share | None
    log_loss: Positive | None
    gain: Number | None
    error: Positive | None
    seconds: Positive
    reason: Literal["default", "better", "less_better", "within_error", "worse", "too_few"]


class Choice(_Form):
    """How "automatic" chose."""

    method: Method
    default: Method
    candidates: Annotated[list[Candidate], Field(min_length=1, max_length=len(METHODS))]


class CrossValidationRun(_Form):
    """A cross-validation; a row is null where an example could not be left out."""

    conditions: Annotated[list[Condition], Field(min_length=2, max_length=MAX_LIST)]
    labels: Annotated[list[Count], Field(max_length=MAX_LIST)]
    probabilities: Annotated[list[list[Share] | None], Field(max_length=MAX_LIST)]
    n_folds: Count
    by_patient: bool
    n_groups: Count | None = None
    n_with_patient: Count | None = None


class Figures(_Form):
    """The trust figures of an adaptation."""

    cross_validation: CrossValidationRun
    patients: Annotated[list[Pseudonym | None], Field(max_length=MAX_LIST)]
    backbone_sha256: Digest
    choice: Choice | None = None


class SimilarCase(_Form):
    """An example near a case."""

    index: Count
    condition: Condition
    similarity: Annotated[float, Field(ge=-1.001, le=1.001)]


class HeatMap(_Form):
    """For whom a heat map speaks."""

    condition: Condition
    peak: Positive


class Spread(_Form):
    """How far the log odds of an answer would move with other examples."""

    errors: Annotated[list[Positive], Field(max_length=MAX_LIST)]
    degrees: Count


class OwnExamples(_Form):
    """The examples that a case is, or is of the same patient as, by their positions."""

    relation: Literal["same-file", "same-picture", "same-patient"]
    positions: Annotated[list[Count], Field(min_length=1, max_length=MAX_LIST)]


class Prediction(_Form):
    """An answer; fields with a default are missing in those of earlier versions."""

    conditions: Annotated[list[Condition], Field(min_length=2, max_length=MAX_LIST)]
    probabilities: Annotated[list[Share], Field(max_length=MAX_LIST)]
    intervals: Annotated[
        list[Annotated[list[Share], Field(min_length=2, max_length=2)]],
        Field(max_length=MAX_LIST),
    ]
    conformal_set: Annotated[list[Condition], Field(max_length=MAX_LIST)] | None
    coverage: Share
    typicality: Share | None
    abstention: Literal["none-of-these", "not-sure", "not-calibrated"] | None
    similar_cases: Annotated[list[SimilarCase], Field(max_length=64)]
    share_right: Share | None = None
    bound_level: Share = 0.975
    spread: Spread | None = None
    p_values: Annotated[list[Share], Field(max_length=MAX_LIST)] | None = None
    n_judged: Count | None = None
    calibrated: bool = True
    heat_map: HeatMap | None
    own_examples: OwnExamples | None = None


HyperParameters = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], bool | Number | MethodList | None
    ],
    Field(max_length=64),
]
RowDigests = Annotated[
    dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}$")], Digest | None],
    Field(max_length=10 * MAX_LIST),
]


def _config_of(form: Any) -> ConfigDict | None:
    """Strict, as a model says of itself already."""
    return None if isinstance(form, type) and issubclass(form, _Form) else ConfigDict(strict=True)


_WRITTEN: Mapping[tuple[str, str], Any] = {
    ("workspaces", "settings"): Settings,
    ("images", "name"): Line,
    ("images", "exclusion_reason"): Line,
    ("images", "modality"): Annotated[str, Field(pattern=r"^[A-Z0-9]{1,16}$")],
    ("images", "notes"): Annotated[tuple[Note, ...], Field(max_length=32)],
    ("images", "blob"): Digest,
    ("images", "source_digest"): Digest,
    ("patients", "patient_key"): Digest | None,
    ("refusals", "name"): Line,
    ("refusals", "rule"): Rule,
    ("refusals", "message"): Sentence,
    ("refusals", "facts"): Facts | None,
    ("adaptations", "method"): Method,
    ("adaptations", "backbone"): Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,63}$")],
    ("adaptations", "settings"): HyperParameters,
    ("adaptations", "labels"): Annotated[tuple[Condition, ...], Field(max_length=MAX_LIST)],
    ("adaptations", "figures"): Figures,
    ("results", "prediction"): Prediction,
    ("results", "heat_map"): Digest | None,
    ("verdicts", "comment"): Line,
    ("verdicts", "operator"): Line,
    ("audit", "kind"): Code,
    ("audit", "previous"): Digest,
    ("audit", "digest"): Digest,
    ("audit", "rows"): RowDigests | None,
    ("audit", "salt"): Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None,
    ("audit", "detail_digest"): Digest | None,
}

_FORMS = {place: TypeAdapter(form, config=_config_of(form)) for place, form in _WRITTEN.items()}


def is_of_form(table: str, column: str, value: object) -> bool:
    """Whether a JSON value is what MedMeta writes into this column.

    >>> is_of_form("workspaces", "settings", {"preferences": {"min_right": 0.8}})
    True
    >>> is_of_form("workspaces", "settings", {"preferences": {"min_right": "high"}})
    False
    """
    form = _FORMS.get((table, column))
    if form is None:
        return _is_small(value, MAX_DEPTH)  # the details of the log, which no page shows
    try:
        form.validate_python(value)
    except ValidationError:
        return False
    return True


def _is_small(value: object, depth: int) -> bool:
    """Whether a JSON value is neither deep nor long; what it holds is shown nowhere."""
    if isinstance(value, Mapping):
        inside: list[object] = [*value, *value.values()]
    elif isinstance(value, list | tuple):
        inside = list(value)
    else:
        return not isinstance(value, str) or len(value) <= MAX_LIST
    return (
        depth > 0 and len(inside) <= MAX_ITEMS and all(_is_small(one, depth - 1) for one in inside)
    )
