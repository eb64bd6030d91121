"""What people and file systems write: kept as it is, but without what no page could show."""

from medmeta_core.errors import WorkspaceError

MAX_LINE = 400
MAX_COMMENT = 10_000


def one_line(text: str, limit: int = MAX_LINE) -> str:
    r"""The text with a space for each control character, cut at its limit.

    >>> one_line("Doe\nJane\x07.png")
    'Doe Jane .png'
    """
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:limit])
    return shown.encode("utf-8", "replace").decode()


def comment(text: str) -> str:
    """The text with a space for each control character but the ends of lines.

    Raises:
        WorkspaceError: it is too long.
    """
    if len(text) > MAX_COMMENT:
        raise WorkspaceError(
            f"A comment has at most {MAX_COMMENT} letters, found {len(text)}.",
            rule="comment-length",
        )
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(one_line(line, MAX_COMMENT) for line in lines)
