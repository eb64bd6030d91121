"""A store written by an older version of MedMeta, brought to the present tables.

A step leads from one version to the next. All steps run in the transaction of the caller, so
that a store is of one version or of the other, whatever happens meanwhile.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Column, Connection, select, text, update
from sqlalchemy.schema import CreateColumn

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import tables
from medmeta_core.workspace.tables import SCHEMA_VERSION, schema

Step = Callable[[Connection], None]


def migrate(connection: Connection) -> None:
    """Bring the tables to `SCHEMA_VERSION`; nothing happens where they are there already.

    Raises:
        WorkspaceError: the store was written by a newer version, which this one cannot read.
    """
    current = connection.scalar(select(schema.c.version).with_for_update())
    if current is None or not min(STEPS) <= current <= SCHEMA_VERSION:
        raise WorkspaceError("schema-version", expected=SCHEMA_VERSION, found=str(current))
    for version in range(current, SCHEMA_VERSION):
        STEPS[version](connection)
    connection.execute(update(schema).values(version=SCHEMA_VERSION))


def _to_2(connection: Connection) -> None:
    """What the answer said is kept with each verdict; the log vouches for rows."""
    _add_columns(
        connection,
        tables.workspaces.c.opened_from,
        tables.audit.c.rows,
        tables.audit.c.salt,
        tables.audit.c.detail_digest,
        tables.verdicts.c.answer_outcome,
        tables.verdicts.c.answer_condition,
        tables.verdicts.c.answer_probability,
        tables.verdicts.c.answer_thresholds,
    )


def _to_3(connection: Connection) -> None:
    """The facts of a refusal are kept beside its sentence."""
    _add_columns(connection, tables.refusals.c.facts)


def _add_columns(connection: Connection, *columns: Column[object]) -> None:
    """Add columns to their tables; rows that are there already have no value in them."""
    for column in columns:
        described = CreateColumn(column).compile(dialect=connection.dialect)
        connection.execute(text(f"ALTER TABLE {column.table.name} ADD COLUMN {described}"))


STEPS: Mapping[int, Step] = {1: _to_2, 2: _to_3}
"""{version: the step that leads from it to the next}"""
