"""The report's own words, in each of `LANGUAGES`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from medmeta_core.languages import FALLBACK
from medmeta_core.method_texts import method_texts

FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Texts:
    """Words of one language; call it with a key to get them.

    >>> Texts("en")("cases.case", alias="C3")
    'Case C3'
    """

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The text under a dotted key, with the values put in; in English where not translated.

        Raises:
            KeyError: no language has such a text.
        """
        texts = self._texts
        return (texts[key] if key in texts else read_texts(FALLBACK)[key]).format(**values)

    def get(self, key: str, default: str) -> str:
        """The text under a key that comes from outside, or `default` where there is none."""
        return self._texts.get(key) or read_texts(FALLBACK).get(key, default)

    @property
    def _texts(self) -> Mapping[str, str]:
        return read_texts(self.language)


@cache
def read_texts(language: str) -> Mapping[str, str]:
    """All texts of a language by dotted key."""
    texts = dict(_flat(json.loads((FOLDER / f"{language}.json").read_text("utf-8")), ""))
    for key, words in method_texts(language).items():
        for place, word in (("names", "title"), ("about", "about")):
            if word in words:  # a translation may be partial
                texts[f"method.{place}.{key}"] = words[word]
    return texts


def _flat(branch: Mapping[str, Any], path: str) -> list[tuple[str, str]]:
    leaves: list[tuple[str, str]] = []
    for name, value in branch.items():
        key = f"{path}.{name}" if path else name
        leaves += _flat(value, key) if isinstance(value, dict) else [(key, value)]
    return leaves
