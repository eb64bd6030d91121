"""How numbers, times and outcomes are put into words."""

import math
from datetime import datetime

from medmeta_core.reporting.report import CaseReport, Report
from medmeta_core.reporting.texts import Texts
from medmeta_core.trust import Abstention

ABSTENTIONS = {
    Abstention.NONE_OF_THESE: "none_of_these",
    Abstention.NOT_SURE: "not_sure",
    Abstention.NOT_CALIBRATED: "not_calibrated",
}
"""How the outcomes that name no condition are called among the texts."""


def percent(share: float) -> str:
    """A share in words, never a bare 0 or 100 %: a few examples cannot show certainty.

    >>> percent(0.834), percent(0.999), percent(0.001)
    ('83 %', '> 99 %', '< 1 %')
    """
    if math.isnan(share):
        return "—"
    if share >= 0.995:
        return "> 99 %"
    return "< 1 %" if share < 0.005 else f"{share * 100:.0f} %"


def counted_percent(share: float) -> str:
    """A share of counted examples, where 100 % means all of them and stands beside the count.

    >>> counted_percent(1.0)
    '100 %'
    """
    return "—" if math.isnan(share) else f"{share * 100:.0f} %"


def interval(bounds: tuple[float, float]) -> str:
    """An interval of shares.

    >>> interval((0.553, 0.9))
    '55–90 %'
    """
    low, high = bounds
    if math.isnan(low) or math.isnan(high):
        return "—"
    return f"{low * 100:.0f}–{high * 100:.0f} %"


def threshold(share: float) -> str:
    """A threshold as it was set, without a needless digit.

    >>> threshold(0.5), threshold(0.125)
    ('50 %', '12.5 %')
    """
    return f"{share * 100:g} %"


def typicality(value: float | None) -> str:
    """A typicality in [0, 1].

    >>> typicality(0.4219), typicality(0.0004), typicality(None)
    ('0.42', '< 0.01', '—')
    """
    if value is None:
        return "—"
    return "< 0.01" if 0 <= value < 0.005 else f"{value:.2f}"


def below(value: str, limit: str) -> str:
    """A value under a limit; where rounding made them look equal, it says so.

    >>> below("31 %", "50 %"), below("50 %", "50 %")
    ('31 %', '< 50 %')
    """
    return f"< {limit}" if value == limit else value


def moment(at: datetime) -> str:
    """Date, time and zone."""
    name = at.tzname() or ""
    zone = f" ({name})" if name.isalpha() else ""
    return at.isoformat(" ", "seconds") + zone


def reviews_of(case: CaseReport, texts: Texts) -> str:
    """The outcome in a few words, such as "Most similar to …", "None of these" or "Not sure"."""
    abstention = case.prediction.abstention
    if abstention is None:
        return texts("cases.most_similar", condition=case.prediction.first)
    return texts(f"cases.{ABSTENTIONS[abstention]}")


def first_figures(case: CaseReport) -> tuple[str, str]:
    """Probability and bounds of the first condition, in words; dashes where not calibrated."""
    prediction = case.prediction
    if not prediction.is_calibrated:
        return "—", "—"
    place = prediction.conditions.index(prediction.first)
    return percent(prediction.probabilities[place]), interval(prediction.intervals[place])


def method_name(report: Report, texts: Texts) -> str:
    """The method's display name; its key where it has none here."""
    return texts.get(f"method.names.{report.method}", report.method)


def remarks_on(case: CaseReport, texts: Texts) -> tuple[str, ...]:
    """Remarks on quality in words; a code without words stays as it is."""
    return tuple(texts.get(f"notes.{code}", code) for code in case.notes)
