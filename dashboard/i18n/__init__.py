"""Every text of the screens, in the visitor's language."""

import functools
import json
import logging
from pathlib import Path
from typing import Any, cast

from dashboard.i18n.markup import Markup, plain
from dashboard.state import language
from medmeta_core.errors import MedMetaError
from medmeta_core.languages import FALLBACK
from medmeta_core.method_texts import method_texts

__all__ = [
    "Markup",
    "plain",
    "raw_text",
    "t",
    "text_of_error",
    "text_or",
    "texts",
]

Texts = dict[str, "str | Texts"]


@functools.cache
def texts(spoken: str) -> Texts:
    """All texts of a language, nested by page; those of the methods as `adapt.methods`."""
    content = (Path(__file__).parent / f"{spoken}.json").read_text(encoding="utf-8")
    translations: dict[str, Any] = json.loads(content)
    adapt = {**translations.get("adapt", {}), "methods": dict(method_texts(spoken))}
    return cast(Texts, {**translations, "adapt": adapt})


def t(key: str, **values: object) -> Markup:
    """The text of a key such as "start.title" for a page, with its {places} filled and escaped.

    A text with the forms "one" and "other" is chosen by the value `n`. A key without a text in the
    visitor's language has the English one; a key without any text stands for itself, so that a
    missing text never takes a page down.
    """
    template = Markup(_form(key, values.get("n")))
    return template.format(**values) if values else template


def raw_text(key: str, **values: object) -> str:
    """The same with nothing escaped: for places that show each letter as it is.

    Such are our own components, charts, the options of a list to choose from, and files.
    """
    template = _form(key, values.get("n"))
    return template.format(**values) if values else template


def text_or(key: str, fallback: str) -> str:
    """The text of a key as `Markup`, if need be the English one; else `fallback` as it is."""
    for spoken in dict.fromkeys((language(), FALLBACK)):
        if isinstance(text := _find(key, spoken), str):
            return Markup(text)
    return fallback


def text_of_error(error: MedMetaError) -> Markup:
    """What to tell the clinician about an error of the core."""
    return plain(error.message_in(language()))


def _form(key: str, n: object) -> str:
    """The text of a key in the form for `n`: in the visitor's language, else in English."""
    for spoken in dict.fromkeys((language(), FALLBACK)):
        entry = _find(key, spoken)
        if isinstance(entry, dict) and "other" in entry:
            entry = entry.get("one" if n == 1 else "other", entry["other"])
        if isinstance(entry, str):
            return entry
    logging.getLogger(__name__).error("No text for %r in %r.", key, language())
    return key


def _find(key: str, spoken: str) -> "str | Texts | None":
    entry: str | Texts | None = texts(spoken)
    for part in key.split("."):
        entry = entry.get(part) if isinstance(entry, dict) else None
    return entry
