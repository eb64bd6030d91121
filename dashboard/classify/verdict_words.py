"""A verdict in words, nothing of it escaped: never without the answer that it was given on."""

from datetime import datetime

from dashboard import state
from dashboard.i18n import raw_text, text_or
from dashboard.shared.adaptation_figures import method_title
from dashboard.shared.number_formats import probability
from medmeta_core.casework import Review
from medmeta_core.shown_answer import READINGS, ShownAnswer
from medmeta_core.workspace import AdaptationRecord, VerdictRecord


def verdict_words(history: Review, now: ShownAnswer) -> str:
    """The last verdict in a few words; where it was given on another answer, on which.

    Without a verdict an empty text.
    """
    verdict = history.verdict
    if verdict is None:
        return ""
    which = "" if history.given_for is None else which_adaptation(history.given_for)
    if history.is_on(now):
        words = _decision(verdict)
        return raw_text("verdict.given_for", verdict=words, which=which) if which else words
    words = _decision(verdict) if verdict.decision not in READINGS else _reading(verdict)
    if verdict.answer is None:
        return raw_text("verdict.given_before", verdict=words)
    answer = answer_words(verdict.answer)
    key = "verdict.given_when_for" if which else "verdict.given_when"
    return raw_text(key, verdict=words, answer=answer, which=which)


def answer_words(answer: ShownAnswer) -> str:
    """What an answer said, in a few words."""
    if answer.condition is None or answer.probability is None:
        return text_or(f"classify.abstention.{answer.outcome}.title", answer.outcome)
    return f"{answer.condition} {probability(answer.probability)}"


def which_adaptation(record: AdaptationRecord) -> str:
    """An adaptation by its method and the time when it was made."""
    method = method_title(record)
    if record.created is None:
        return method
    return raw_text("verdict.which", method=method, at=time_words(record.created))


def time_words(at: datetime) -> str:
    """Hour and minute on the visitor's clock, after the date where it was not today."""
    here = at.astimezone(state.timezone())
    today = datetime.now(here.tzinfo).date()
    return here.strftime("%H:%M" if here.date() == today else "%Y-%m-%d %H:%M")


def _decision(verdict: VerdictRecord) -> str:
    text = raw_text(f"verdict.short.{verdict.decision}")
    return f"{text} {verdict.condition}" if verdict.condition else text


def _reading(verdict: VerdictRecord) -> str:
    return raw_text("verdict.sees", condition=verdict.condition or raw_text("verdict.first.none"))
