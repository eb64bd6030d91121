"""Every text of the screens, in the visitor's language."""

import functools
import json
import re
from pathlib import Path
from typing import cast

from dashboard.state import LANGUAGES, Language, language
from medmeta_core.errors import MedMetaError

__all__ = ["LANGUAGES", "plain", "t", "text_of_error", "text_of_rule", "text_or", "texts"]

Texts = dict[str, "str | Texts"]


@functools.cache
def texts(spoken: Language) -> Texts:
    """All texts of a language, nested by page."""
    content = (Path(__file__).parent / f"{spoken}.json").read_text(encoding="utf-8")
    return cast(Texts, json.loads(content))


def t(key: str, **values: object) -> str:
    """The text of a key such as "start.title", with its {places} filled.

    A text with the forms "one" and "other" is chosen by the value `n`.

    Raises:
        ValueError: no such text.
    """
    found = _find(key)
    if isinstance(found, dict) and "other" in found:
        found = found.get("one" if values.get("n") == 1 else "other", found["other"])
    if not isinstance(found, str):
        raise ValueError(f"t: no text for {key!r} in {language()!r}")
    return found.format(**values) if values else found


def text_or(key: str, fallback: str) -> str:
    """The text of a key; `fallback` where there is none."""
    found = _find(key)
    return found if isinstance(found, str) else fallback


def text_of_rule(rule: str, message: str) -> str:
    """The core's message about a broken rule, in the visitor's language.

    The core speaks English. A translation has places {0}, {1}, … for the numbers of the message,
    in their order.
    """
    translated = _find(f"rules.{rule}")
    numbers = re.findall(r"\d+", message)
    try:
        return translated.format(*numbers) if isinstance(translated, str) else message
    except IndexError:
        return message


def text_of_error(error: MedMetaError) -> str:
    """What to tell the clinician about an error of the core."""
    return text_of_rule(error.rule, str(error))


def plain(text: str) -> str:
    r"""A name that a user gave, with nothing that Markdown would take for its own.

    >>> print(plain("*A* [b]"))
    \*A\* \[b\]
    """
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|~:$" else letter for letter in text)


def _find(key: str) -> "str | Texts | None":
    found: str | Texts | None = texts(language())
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
