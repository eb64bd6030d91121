"""The sentence of each rule, made from its facts in each language.

A file of texts, `CODE.json`, has two parts. "rules" holds a template for each rule, grouped by what
it is about. "codes" holds the words for facts that are codes: a fact whose name is a table there
has one of its codes as value, and the template shows the code's words, which may have places for
the other facts. "terms" are words that any template may use. What a language lacks is shown in
English.
"""

import json
import logging
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from medmeta_core.languages import FALLBACK

Fact = str | int | float

LARGEST = 2**63
"""Beyond any size or count that a file can state."""

FORMS = {"uid": re.compile(r"[0-9.]{1,64}")}
"""Facts from a file that are neither numbers nor codes, by their form."""


def sentence(rule: str, facts: Mapping[str, Fact], language: str = FALLBACK) -> str:
    """The sentence of a rule.

    >>> sentence("too-many-frames", {"found": 5000, "limit": 1000})
    'The file has 5000 frames; at most 1000 are read at once.'
    >>> sentence("no-pixels", {"object": "plan"}, "zh")
    '此 DICOM 文件不含图像：它是放射治疗计划。'

    Raises:
        ValueError: no such rule, no such code, or a place that no fact fills.
    """
    for code in dict.fromkeys((language, FALLBACK)):
        template = templates(code).get(rule)
        if template is not None:
            try:
                return template.format_map(_WordedFacts(facts, code))
            except KeyError as error:
                raise ValueError(f"the rule {rule!r} cannot be worded without {error}") from error
    raise ValueError(f"rule: expected one of {FALLBACK}.json, actual {rule!r}")


def sentence_or(
    rule: str, facts: Mapping[str, Fact], language: str = FALLBACK, *, otherwise: str
) -> str:
    """The same; `otherwise` for a rule or facts of another version of this software."""
    try:
        return sentence(rule, facts, language)
    except ValueError:
        return otherwise


def is_impersonal(facts: Mapping[str, object]) -> bool:
    """Whether facts from outside are numbers, known codes or of a known form: nobody's name.

    >>> is_impersonal({"object": "plan"}), is_impersonal({"object": "Müller^Anna"})
    (True, False)
    """
    return all(_is_impersonal(name, value) for name, value in facts.items())


def rules_of(group: str) -> tuple[str, ...]:
    """The rules of a group, in the order of the English texts."""
    return tuple(_texts(FALLBACK)["rules"][group])


@cache
def templates(language: str) -> Mapping[str, str]:
    """{rule: template} of a language."""
    groups: Mapping[str, Mapping[str, str]] = _texts(language).get("rules", {})
    return {rule: template for group in groups.values() for rule, template in group.items()}


@cache
def codes(language: str) -> Mapping[str, Mapping[str, str]]:
    """{fact: {code: words}} of a language."""
    tables: Mapping[str, Mapping[str, str]] = _texts(language).get("codes", {})
    return tables


@cache
def terms(language: str) -> Mapping[str, str]:
    """{term: words} of a language, the English words where it has none."""
    here: Mapping[str, str] = _texts(language).get("terms", {})
    return here if language == FALLBACK else {**terms(FALLBACK), **here}


class _WordedFacts(Mapping[str, Fact]):
    """Facts as a template shows them: codes in words."""

    def __init__(self, facts: Mapping[str, Fact], language: str) -> None:
        self._facts = facts
        self._language = language

    def __getitem__(self, name: str) -> Fact:
        value = self._facts[name] if name in self._facts else terms(self._language)[name]
        english = codes(FALLBACK).get(name)
        if english is None:
            return value
        words = codes(self._language).get(name, {}).get(str(value), english[str(value)])
        return words.format_map(self)

    def __iter__(self) -> Any:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def _is_impersonal(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return abs(value) < LARGEST  # which nothing but a finite number is
    if not isinstance(value, str):
        return False
    table = codes(FALLBACK).get(name)
    if table is not None:
        return value in table
    return name in FORMS and FORMS[name].fullmatch(value) is not None


@cache
def _texts(language: str) -> Mapping[str, Any]:
    path = Path(__file__).parent / f"{language}.json"
    if not path.is_file():
        logging.getLogger(__name__).error("No sentences for rules in %r.", language)
        return {}
    texts: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return texts
