"""How a page says that a case is an example, or of a patient among the examples."""

from collections.abc import Sequence

from dashboard.i18n import Markup, raw_text, t
from medmeta_core.casework import CaseMatch

MOST_NAMED = 8


def match_sentence(match: CaseMatch) -> Markup:
    """What the case is, and without which examples it was classified, or why it was not."""
    what = t(f"classify.own.{match.examples.relation}.sentence", examples=_listed(match.aliases))
    how = "judged_without" if match.is_classified else "not_judged"
    return Markup(" ").join([what, t(f"classify.own.{how}", left_out=_listed(match.left_out))])


def match_line(match: CaseMatch) -> str:
    """The same in a few words, for the list."""
    what = raw_text(
        f"classify.own.{match.examples.relation}.line", examples=_listed(match.aliases, 2)
    )
    return what if match.is_classified else raw_text("classify.own.not_judged_line", what=what)


def _listed(aliases: Sequence[str], most: int = MOST_NAMED) -> str:
    return ", ".join([*aliases[:most], *(["…"] if len(aliases) > most else [])])
