"""The tables, the same for SQLite and PostgreSQL.

`entry` is a running number within a workspace, shared by all of its rows: the order in which
they came. What a row names by sha256 lies in the folder of blobs or, where it is small, in
`pictures`.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from medmeta_core.workspace.columns import Moment, RoleName, Words

SCHEMA_VERSION = 3

METADATA = MetaData()

schema = Table(
    "medmeta_schema", METADATA, Column("version", Integer, primary_key=True, autoincrement=False)
)

pictures = Table(
    "pictures",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

workspaces = Table(
    "workspaces",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("patient_key_secret", LargeBinary, nullable=False),
    Column("n_entries", Integer, nullable=False),
    Column("n_examples_named", Integer, nullable=False),
    Column("n_cases_named", Integer, nullable=False),
    Column("n_patients_named", Integer, nullable=False),
    Column("audit_head", String(64), nullable=False),
    Column("opened_from", String(64)),  # sha256 of a session file; never read from one
)


def _of_a_workspace(name: str, *columns: SchemaItem) -> Table:
    return Table(
        name,
        METADATA,
        Column(
            "workspace_id",
            String(32),
            ForeignKey("workspaces.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        Column("entry", Integer, primary_key=True, autoincrement=False),
        *columns,
    )


images = _of_a_workspace(
    "images",
    Column("id", String(32), nullable=False, unique=True),
    Column("role", RoleName, nullable=False),
    Column("condition", Text),
    Column("alias", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("patient", String(16)),
    Column("excluded", Boolean, nullable=False),
    Column("exclusion_reason", Text, nullable=False),
    Column("modality", String(16), nullable=False),
    Column("height", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("n_frames", Integer, nullable=False),
    Column("frame", Integer, nullable=False),
    Column("notes", Words, nullable=False),
    Column("blob", String(64), nullable=False, index=True),
    Column("thumbnail", String(64), nullable=False),
    Column("source_digest", String(64), nullable=False),
    Column("created", Moment, nullable=False),
    Column("removed", Boolean, nullable=False),
)

patients = _of_a_workspace(
    "patients",
    Column("pseudonym", String(16), nullable=False),
    Column("patient_key", String(64)),  # unknown where the workspace came by session file
    UniqueConstraint("workspace_id", "patient_key"),
)

acts = _of_a_workspace(
    "acts",
    Column("kind", String(32), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("changes", JSON, nullable=False),  # {image id: {field: [before, after]}}
    Column("at", Moment, nullable=False),
    Column("undone", Boolean, nullable=False),
)

refusals = _of_a_workspace(
    "refusals",
    Column("name", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("facts", JSON(none_as_null=True)),  # unknown of refusals written under version 2
    Column("created", Moment, nullable=False),
)

adaptations = _of_a_workspace(
    "adaptations",
    Column("id", String(32), nullable=False, unique=True),
    Column("method", Text, nullable=False),
    Column("backbone", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("image_ids", Words, nullable=False),
    Column("labels", Words, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("created", Moment, nullable=False),
)

results = _of_a_workspace(
    "results",
    Column("id", String(32), nullable=False, unique=True),
    Column("image_id", String(32), nullable=False),
    Column("adaptation_id", String(32), nullable=False),
    Column("prediction", JSON, nullable=False),
    Column("heat_map", String(64)),
    Column("seconds", Float, nullable=False),
    Column("created", Moment, nullable=False),
)

verdicts = _of_a_workspace(
    "verdicts",
    Column("id", String(32), nullable=False, unique=True),
    Column("image_id", String(32), nullable=False),
    Column("adaptation_id", String(32)),
    Column("decision", String(16), nullable=False),
    Column("condition", Text),
    Column("comment", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("created", Moment, nullable=False),
    # What the answer said; all four are unknown of verdicts written under version 1.
    Column("answer_outcome", String(32)),
    Column("answer_condition", Text),
    Column("answer_probability", Float),
    Column("answer_thresholds", JSON(none_as_null=True)),
)

audit = _of_a_workspace(
    "audit",
    Column("at", Moment, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    # Unknown of lines written under version 1; the salt goes with an erased detail.
    Column("rows", JSON(none_as_null=True)),
    Column("salt", String(32)),
    Column("detail_digest", String(64)),
)
