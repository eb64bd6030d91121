"""What a session file says of a workspace, and the types of what it says.

Left out: images that were removed, with what was said of them, and the list of acts, which
could bring them back. Unless names are asked for, also file names, the secret that keys the
digests of patients, and those digests: from a guess at a patient's number they could be
recomputed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    select,
)

from medmeta_core.workspace import tables
from medmeta_core.workspace.columns import Moment, RoleName, Words, comment, one_line, plain
from medmeta_core.workspace.records import Role
from medmeta_core.workspace.session_models import is_of_form

TABLES = (
    tables.images,
    tables.patients,
    tables.refusals,
    tables.adaptations,
    tables.results,
    tables.verdicts,
    tables.audit,
)

MAX_TEXT = 100_000
MAX_NUMBER = 1e9  # seconds, or a probability
FIRST_YEAR, LAST_YEAR = 1990, 2200  # far enough from the ends of what a zone can shift

_UNSAID = {"workspace_id", "removed", "thumbnail", "opened_from"}
_HEX = re.compile(r"[0-9a-f]+")

Row = dict[str, Any]


class RowFault(ValueError):  # noqa: N818 (its reader knows table and row)
    """A row is not what its table holds; `code` says how, `column` where."""

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.column = column


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns of which a session file speaks."""
    return [column for column in table.columns if column.name not in _UNSAID]


def rows_of(connection: Connection, workspace_id: str, *, with_names: bool) -> dict[str, Any]:
    """{"workspace": row, table: rows} of one workspace, as plain JSON."""
    table = tables.workspaces
    query = select(*columns_of(table)).where(table.c.id == workspace_id)
    [workspace] = _plain_rows(connection, query)
    if not with_names:
        workspace["patient_key_secret"] = ""
    spoken: dict[str, Any] = {"workspace": workspace}
    for table in TABLES:
        query = select(*columns_of(table)).where(table.c.workspace_id == workspace_id)
        if "image_id" in table.c:
            query = query.join(tables.images, tables.images.c.id == table.c.image_id)
        if table is tables.images or "image_id" in table.c:
            query = query.where(tables.images.c.removed.is_(False))
        rows = _plain_rows(connection, query.order_by(table.c.entry))
        spoken[table.name] = rows if with_names else [_nameless(row) for row in rows]
    return spoken


def read_row(columns: list[Column[Any]], row: object) -> Row:
    """The row with the types of its columns.

    Raises:
        RowFault: a field is missing, too much, or not of its type.
    """
    if not isinstance(row, dict) or set(row) != {column.name for column in columns}:
        raise RowFault("fields")
    typed = {column.name: _read(column, row[column.name]) for column in columns}
    for column in columns:
        if not is_of_form(column.table.name, column.name, typed[column.name]):
            raise RowFault("form", column.name)
    return {name: _FREE_TEXT.get(name, _same)(value) for name, value in typed.items()}


def _plain_rows(connection: Connection, query: Any) -> list[Row]:
    return [
        {name: plain(value) for name, value in row.items()}
        for row in connection.execute(query).mappings()
    ]


def _nameless(row: Row) -> Row:
    if "patient_key" in row:
        return {**row, "patient_key": None}
    return {**row, "name": row.get("alias", "")} if "name" in row else row


def _read(column: Column[Any], value: object) -> Any:
    if value is None and column.nullable:
        return None
    try:
        return _READERS[type(column.type)](value, column)
    except (TypeError, ValueError, OverflowError) as error:
        raise RowFault("type", column.name) from error


def _text(value: Any, column: Column[Any]) -> str:
    limit = getattr(column.type, "length", None) or MAX_TEXT
    _require(isinstance(value, str) and len(value) <= limit)
    value.encode()  # half of a surrogate pair is no text
    return str(value)


def _moment(value: Any, _: Column[Any]) -> datetime:
    moment = datetime.fromisoformat(value)
    _require(FIRST_YEAR <= moment.year <= LAST_YEAR)
    _require(plain(moment) == value and moment.utcoffset() is not None)
    return moment


def _whole(value: Any, _: Column[Any]) -> int:
    _require(type(value) is int and 0 <= value < 2**30)
    return int(value)


def _number(value: Any, _: Column[Any]) -> float:
    _require(type(value) in (int, float) and 0 <= value <= MAX_NUMBER)
    return float(value)


def _truth(value: Any, _: Column[Any]) -> bool:
    _require(type(value) is bool)
    return bool(value)


def _words(value: Any, _: Column[Any]) -> tuple[str, ...]:
    _require(isinstance(value, list) and all(isinstance(word, str) for word in value))
    return tuple(value)


def _mapping(value: Any, _: Column[Any]) -> Mapping[str, Any]:
    _require(isinstance(value, dict))
    return dict(value)


def _bytes(value: Any, _: Column[Any]) -> bytes:
    _require(value == "" or (len(value) == 64 and bool(_HEX.fullmatch(value))))
    return bytes.fromhex(value)


def _same(value: Any) -> Any:
    return value


_FREE_TEXT: Mapping[str, Callable[[Any], Any]] = {
    "name": one_line,
    "exclusion_reason": one_line,
    "operator": one_line,
    "comment": comment,
}


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError


_READERS: dict[type, Callable[[Any, Column[Any]], Any]] = {
    String: _text,
    Text: _text,
    Moment: _moment,
    RoleName: lambda value, _: Role(value),
    Words: _words,
    Integer: _whole,
    Float: _number,
    Boolean: _truth,
    JSON: _mapping,
    LargeBinary: _bytes,
}
