"""What is said of each method, in each language: one file, `CODE.json`, for screens and reports.

By the key of a method: "title", "short" (before its figures), "caption" (one sentence for those who
choose), "score" (what its score is) and "about" (a paragraph of the report, with the source). What
a language lacks is shown in English. Papers, costs and needs stand in `methods.catalogue`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

WORDS = ("title", "short", "caption", "score", "about")


@cache
def method_texts(language: str) -> Mapping[str, Mapping[str, str]]:
    """{method: {word: text}} of a language; empty where nothing is translated."""
    path = Path(__file__).parent / f"{language}.json"
    if not path.is_file():
        return {}
    texts: Mapping[str, Mapping[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return texts
