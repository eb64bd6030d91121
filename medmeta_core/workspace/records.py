"""What the store hands out: frozen, and free of anything that names a patient."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from medmeta_core.imaging import MedicalImage, StorableImage
from medmeta_core.languages import FALLBACK
from medmeta_core.messages import Fact, sentence_or
from medmeta_core.shown_answer import ShownAnswer

DUPLICATE_NOTE = "duplicate"
"""Note of an image that was there already, and was not stored again."""

CONFLICT_NOTE = "duplicate-other-condition"
"""Further note of such an image where it bears, and keeps, another condition."""

DECISIONS = (
    "accept",
    "reject",
    "changed",
    "unsure",
    "rightly-unnamed",
    "none-of-these",
    "before-reveal",
)
"""What a reviewer can say of a result."""


class Role(StrEnum):
    """What an image is for."""

    EXAMPLE = "example"
    CASE = "case"


@dataclass(frozen=True)
class Workspace:
    """One piece of work: its images, adaptations and results.

    Attributes:
        settings: whatever the screens want to keep, as plain JSON.
        patient_key_secret: 32 random bytes that key the digests of patients; never leaves
            the store unless the whole workspace is copied.
        opened_from: sha256 of the session file that it came by; None where it began here.
    """

    id: str
    name: str
    created: datetime
    is_demo: bool
    settings: Mapping[str, Any]
    patient_key_secret: bytes = field(repr=False)
    opened_from: str | None = None


@dataclass(frozen=True, eq=False)
class NewImage:
    """An image on its way into the store.

    Attributes:
        image: decoded here, or made ready for the store by the guarded child.
        name: of the file; stays on this machine.
        patient: any word that is equal for images of one patient, e.g. from a table; only its
            keyed digest is kept. None: the image's own `patient_key` tells.
    """

    image: MedicalImage | StorableImage
    name: str
    role: Role
    condition: str | None = None
    patient: str | None = None


@dataclass(frozen=True)
class StoredImage:
    """An image of a workspace, without its pixels.

    Attributes:
        alias: "E12" or "C3": what reports call it; a running number per role, never reused.
        name: of the file; for the screen of this machine only.
        patient: "P1", "P2", … within the workspace; None where unknown.
        blob: sha256 of the stored bytes.
        source_digest: sha256 of the bytes that the image came from.
    """

    id: str
    workspace_id: str
    role: Role
    condition: str | None
    alias: str
    name: str
    patient: str | None
    excluded: bool
    exclusion_reason: str
    modality: str
    height: int
    width: int
    n_frames: int
    frame: int
    notes: tuple[str, ...]
    blob: str
    source_digest: str
    created: datetime


@dataclass(frozen=True)
class Edit:
    """One labelling act, which can be undone.

    Attributes:
        kind: "add", "relabel", "exclude", "include", "remove", "assign-patient",
            "rename-condition" or "move".
        summary: what it was about, as plain JSON: `aliases` of the images and the new value;
            `erased` names those of them that were erased since.
        erased: whether all of them were, so that it can be neither undone nor redone.
    """

    id: int
    kind: str
    summary: Mapping[str, Any]
    at: datetime
    undone: bool
    erased: bool


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log.

    Attributes:
        detail: empty where the images that it was about were erased.
        previous: digest of the line before; 64 zeros for the first.
        digest: sha256 over this line and `previous`.
        rows: {entry of a row that the line is about: its digest, None where it was erased}.
        salt, detail_digest: `detail` goes into `digest` by its digest under this salt, which is
            None once the detail is erased.
        entry: running number within the workspace.

    `rows` and `detail_digest` are None in lines of schema 1.
    """

    at: datetime
    kind: str
    detail: Mapping[str, Any]
    previous: str
    digest: str
    rows: Mapping[str, str | None] | None = None
    salt: str | None = None
    detail_digest: str | None = None
    entry: int = 0


@dataclass(frozen=True)
class RefusalRecord:
    """A file that was not read, by the name of the rule.

    Attributes:
        message: the English sentence as it was worded then.
        facts: of the rule's sentence; None in records of schema 2, which have the sentence only.
    """

    name: str
    rule: str
    message: str
    facts: Mapping[str, Fact] | None = None
    created: datetime | None = None

    def message_in(self, language: str) -> str:
        """The sentence in a language, as far as rule and facts are known; else as it was worded."""
        if self.facts is None and language == FALLBACK:
            return self.message
        return sentence_or(self.rule, self.facts or {}, language, otherwise=self.message)


@dataclass(frozen=True)
class AdaptationRecord:
    """How a method was adapted, and what came out; the classifier itself can be made again.

    Attributes:
        image_ids: the examples, in the order of the support set.
        labels: the condition of each.
        figures: as plain JSON (no NaN: None), which `casework.figures_of` reads.
        id, created: given by the store.
    """

    method: str
    backbone: str
    settings: Mapping[str, Any]
    image_ids: tuple[str, ...]
    labels: tuple[str, ...]
    figures: Mapping[str, object]
    seconds: float
    id: str = ""
    created: datetime | None = None


@dataclass(frozen=True)
class ResultRecord:
    """What an adaptation says of an image.

    Attributes:
        prediction: as plain JSON (no NaN: None), which `casework.StoredAnswer` reads.
        heat_map: a PNG of 8-bit grey, or None.
        id, created: given by the store.
    """

    image_id: str
    adaptation_id: str
    prediction: Mapping[str, object]
    heat_map: bytes | None
    seconds: float
    id: str = ""
    created: datetime | None = None


@dataclass(frozen=True)
class VerdictRecord:
    """What the reviewer says of an image.

    Attributes:
        adaptation_id: whose answer the verdict is on; None before any.
        decision: one of `DECISIONS`.
        condition: the reviewer's own, where one was named.
        answer: what the verdict is on; None before any was shown, and in verdicts that were given
            before answers were stored with them.
        id, created: given by the store.
    """

    image_id: str
    adaptation_id: str | None
    decision: str
    condition: str | None = None
    comment: str = ""
    operator: str = ""
    answer: ShownAnswer | None = None
    id: str = ""
    created: datetime | None = None
