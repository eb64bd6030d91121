"""What columns hold: our own types in either database, and the text of people and file systems."""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Dialect, String, TypeDecorator

from medmeta_core.errors import WorkspaceError
from medmeta_core.imaging import MAX_NAME_LENGTH, clean_name
from medmeta_core.workspace.records import Role


def canonical_json(value: object) -> str:
    """The one text of a plain JSON value: keys sorted, no spaces.

    Raises:
        ValueError: NaN or infinity, which JSON does not know.

    >>> canonical_json({"b": [1.5, None], "a": "é"})
    '{"a":"é","b":[1.5,null]}'
    """
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def plain(value: Any) -> Any:
    """The value of a column as plain JSON."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, tuple) else value


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC as ISO 8601 text: SQLite has no zone of its own."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, _: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class RoleName(TypeDecorator[Role]):
    """A role by its name."""

    impl = String(8)
    cache_ok = True

    def process_bind_param(self, value: Role | str | None, _: Dialect) -> str | None:
        return None if value is None else Role(value).value

    def process_result_value(self, value: str | None, _: Dialect) -> Role | None:
        return None if value is None else Role(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A tuple of words, kept as a JSON list."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, _: Dialect) -> list[str] | None:
        return None if value is None else list(value)

    def process_result_value(self, value: Any, _: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value)


MAX_LINE = 400
MAX_COMMENT = 10_000


def one_line(text: str, limit: int = MAX_LINE) -> str:
    r"""The text with a space for each control character, cut at its limit.

    >>> one_line("Doe\nJane\x07.png")
    'Doe Jane .png'
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in text[:limit])
    return printable.encode("utf-8", "replace").decode()


def comment(text: str) -> str:
    """The text with a space for each control character but the ends of lines.

    Raises:
        WorkspaceError: it is too long.
    """
    if len(text) > MAX_COMMENT:
        raise WorkspaceError("comment-length", limit=MAX_COMMENT, found=len(text))
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(one_line(line, MAX_COMMENT) for line in lines)


def condition_name(name: str | None) -> str | None:
    """The name as a reader sees it (`clean_name`); None stays None.

    Raises:
        WorkspaceError: nothing is left, or too much.

    >>> condition_name(" Pneumothorax ")
    'Pneumothorax'
    """
    if name is None:
        return None
    cleaned = clean_name(name)
    is_one_line = not any(unicodedata.category(letter) == "Cc" for letter in name.strip())
    if not 1 <= len(cleaned) <= MAX_NAME_LENGTH or not is_one_line:
        raise WorkspaceError("condition-name", limit=MAX_NAME_LENGTH, found=len(cleaned))
    return cleaned
