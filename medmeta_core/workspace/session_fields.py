"""Types of single values in a session file: shares, codes, names, moments, each within bounds."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from medmeta_core.errors import WorkspaceError
from medmeta_core.imaging.notes import NOTES
from medmeta_core.imaging.refusals import RULES
from medmeta_core.languages import FALLBACK
from medmeta_core.messages import Fact, is_impersonal
from medmeta_core.method_texts import method_texts
from medmeta_core.workspace.columns import MAX_COMMENT, condition_name

METHODS = frozenset(method_texts(FALLBACK))
"""Those that have texts: the methods themselves lie above the store."""

MAX_LIST = 10_000


def _is_condition(name: str) -> str:
    with suppress(WorkspaceError):
        condition_name(name)
        return name
    raise ValueError("no name of a condition")


def _is_method(name: str) -> str:
    if name not in METHODS:
        raise ValueError("no method")
    return name


def _is_note(code: str) -> str:
    if code not in NOTES:
        raise ValueError("no note")
    return code


def _is_rule(code: str) -> str:
    if code not in RULES and code != "condition-name":
        raise ValueError("no rule of a refusal")
    return code


def _are_facts(facts: dict[str, Fact]) -> dict[str, Fact]:
    if not is_impersonal(facts):
        raise ValueError("a fact is no number, no known code and of no known form")
    return facts


def _is_moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("no zone")
    return text


Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0, le=1e12)]
Number = Annotated[float, Field(ge=-1e12, le=1e12)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=64)]
Condition = Annotated[str, Field(max_length=400), AfterValidator(_is_condition)]
Pseudonym = Annotated[str, Field(pattern=r"^P[1-9][0-9]{0,8}$")]
Line = Annotated[str, Field(max_length=MAX_COMMENT)]
Method = Annotated[str, AfterValidator(_is_method)]
Note = Annotated[str, AfterValidator(_is_note)]
Rule = Annotated[str, AfterValidator(_is_rule)]
Sentence = Annotated[str, Field(max_length=400, pattern=r"^[\w .,:;()/'%“”’–-]*$")]
Moment = Annotated[str, Field(max_length=40), AfterValidator(_is_moment)]
Facts = Annotated[dict[Code, int | float | str], Field(max_length=8), AfterValidator(_are_facts)]
MethodList = Annotated[str, Field(max_length=400, pattern=r"^[a-z-]+(, [a-z-]+)*$")]
