"""Short and harmless texts of values, for a console and for a notebook."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from html import escape

MAX_LETTERS, MAX_OF_A_LIST = 180, 60


def shortened(text: str, limit: int = MAX_LETTERS) -> str:
    """The text with its end cut off where it has more letters.

    >>> shortened("osteosarcoma", limit=6)
    'osteo…'
    """
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def listed(names: Sequence[str]) -> str:
    """How many names, and as many of them as fit.

    >>> listed(["flu", "cold"])
    '2 (flu, cold)'
    """
    return f"{len(names)} ({shortened(', '.join(names), MAX_OF_A_LIST)})"


def html_table(rows: Mapping[str, str], *, title: str) -> str:
    """A table of names and values for a notebook; whatever stands in them is shown as text.

    >>> html_table({"condition": "<b>"}, title="T")
    '<table><caption>T</caption><tr><th>condition</th><td>&lt;b&gt;</td></tr></table>'
    """
    body = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items()
    )
    return f"<table><caption>{escape(title)}</caption>{body}</table>"


class ShortRepr(ABC):
    """A value whose `repr` is short and holds no tensor.

    >>> class Pair(ShortRepr):
    ...     def _in_short(self):
    ...         return {"left": "1", "right": "2"}
    >>> Pair()
    Pair(left=1, right=2)
    """

    @abstractmethod
    def _in_short(self) -> Mapping[str, str]:
        """What to say of it in a line, by name."""

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value}" for name, value in self._in_short().items())
        return f"{type(self).__name__}({shortened(' '.join(fields.split()))})"
