"""`Markup`: text that Streamlit may read as Markdown, because all of its markup is our own.

Nearly all that a page shows goes through Streamlit's Markdown: texts, but also the labels of
buttons and choices, tooltips, errors, titles. A name in a foreign file that is written like an
image would make the browser ask another host. So whatever is no `Markup` is escaped when it
becomes part of one, and pages give Streamlit nothing but `Markup` (tests/dashboard/test_markup.py
reads their source for that).
"""

import re
import unicodedata
from collections.abc import Iterable

SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$&@]|!(?=\[|$)|:(?!\s)")
"""What Markdown and Streamlit's additions take for their own anywhere in a line."""

AT_START = re.compile(r"([0-9]{0,9})([-+=.)])")
"""What begins a list or underlines a heading, at the start of a line only."""

AFTER_PARSING = re.compile(
    r"(?<=[a-z]):(?=//)"  # https://…
    r"|(?<=www)\."
    r"|@"  # an address of mail
    r"|:(?=[\w+-]+:|material/)"  # :joy:, :streamlit:, :material/home:
    r"|[-=](?=[-<>=~])|(?<=[-<>=~])[-=]",  # -> and <=, which become one sign
    re.IGNORECASE,
)
"""What is looked for once more in the finished text, where a backslash is gone already."""

APART = ":color[{}]"
"""A span without any colour: text in it is not joined with what stands beside it."""

OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows them, beyond their own text."""


class Markup(str):
    r"""Text in Markdown. What is put into it is escaped, unless it is `Markup` itself.

    >>> print(Markup("**{}**: {}").format("*A*", Markup("*B*")))
    **\*A\***: *B*
    """

    __slots__ = ()

    def format(self, *values: object, **named: object) -> "Markup":
        """The places filled."""
        return Markup(
            str.format(
                self,
                *(_as_part(value) for value in values),
                **{name: _as_part(value) for name, value in named.items()},
            )
        )

    def join(self, parts: Iterable[str], /) -> "Markup":
        """The parts with this between them."""
        return Markup(str.join(self, (plain(part) for part in parts)))


def plain(text: str) -> Markup:
    r"""A text that is not ours, so that it is shown letter by letter; `Markup` stays as it is.

    >>> print(plain("![a](b)"), plain("1. c"), plain("https://d"))
    \!\[a\](b) 1\. c https:color[\:]//d
    """
    if isinstance(text, Markup):
        return text
    line = "".join(_visible(letter) for letter in text).lstrip()
    return Markup(_escaped_start(_escaped(line)))


def _as_part(value: object) -> object:
    return plain(value) if isinstance(value, str) else value


def _visible(letter: str) -> str:
    """The letter; a space for what breaks lines or controls a terminal; nothing for overrides."""
    if letter in OVERRIDES:
        return ""
    return " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") else letter


def _escaped_start(escaped: str) -> str:
    """The same with its first sign escaped too, where that would begin a list."""
    start = AT_START.match(escaped)
    if start is None:
        return escaped
    number, sign = start[1], start[2]
    return f"{number}\\{sign}{escaped[start.end() :]}"


def _escaped(line: str) -> str:
    parts, at = [], 0
    for match in AFTER_PARSING.finditer(line):
        parts += [_backslashed(line[at : match.start()]), APART.format(_backslashed(match[0]))]
        at = match.end()
    return "".join([*parts, _backslashed(line[at:])])


def _backslashed(text: str) -> str:
    return SPECIAL.sub(r"\\\g<0>", text)
