"""Why bytes are refused: a rule, and the facts that its sentence tells.

Facts are numbers and codes of our own, never words from the file or from what a decoder said of
it: neither may name a patient.
"""

from collections.abc import Mapping

from medmeta_core.errors import UnreadableImageError
from medmeta_core.messages import Fact, is_impersonal, rules_of, sentence

RULES = rules_of("refusals")
"""Every rule that a refusal may bear."""


class Refused(Exception):  # noqa: N818 (it is no error of ours: the bytes break a rule)
    """Raised where bytes break a rule; `facts` fill the places of the rule's sentence."""

    def __init__(self, rule: str, /, **facts: Fact) -> None:
        super().__init__(rule)
        self.rule = rule
        self.facts = facts


def refusal_message(rule: str, facts: Mapping[str, Fact], language: str = "en") -> str:
    """The sentence of a refusal.

    >>> refusal_message("too-many-frames", {"found": 5000, "limit": 1000})
    'The file has 5000 frames; at most 1000 are read at once.'

    Raises:
        ValueError: no such rule, or facts that are not those of its sentence, or that could be
            words from a file.
    """
    if rule not in RULES:
        raise ValueError(f"rule: expected one of RULES, actual {rule!r}")
    if not is_impersonal(facts):
        raise ValueError("a fact must be a number, a known code or of a known form")
    return sentence(rule, facts, language)


def unreadable(rule: str, /, **facts: Fact) -> UnreadableImageError:
    """The error that tells the clinician of a broken rule.

    Raises:
        ValueError: as `refusal_message`.
    """
    refusal_message(rule, facts)
    return UnreadableImageError(rule, **facts)
