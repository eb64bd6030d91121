"""How it is said that a case is an example, or of a patient among the examples."""

from collections.abc import Sequence

from medmeta_core.reporting.report_parts import MatchNote
from medmeta_core.reporting.texts import Texts

MOST_NAMED = 8


def match_sentence(match: MatchNote, texts: Texts, *, is_classified: bool = True) -> str:
    """What the case is, and without which examples it was classified, or why it was not."""
    what = texts(f"cases.own.{match.relation}", examples=_listed(match.aliases))
    how = "judged_without" if is_classified else "not_judged"
    return f"{what} {texts(f'cases.own.{how}', left_out=_listed(match.left_out))}"


def match_summary(match: MatchNote, texts: Texts) -> str:
    """The same in a few words, for a table."""
    return texts(f"cases.own.short.{match.relation}", examples=_listed(match.aliases))


def _listed(aliases: Sequence[str]) -> str:
    """The aliases, the first ones of many.

    >>> _listed(["E1", "E2"]), _listed([f"E{n}" for n in range(1, 12)])
    ('E1, E2', 'E1, E2, E3, E4, E5, E6, E7, E8, …')
    """
    return ", ".join([*aliases[:MOST_NAMED], *(["…"] if len(aliases) > MOST_NAMED else [])])
