"""A reviewer's verdict in words: never without the answer that it was given on."""

from medmeta_core.reporting.report import CaseReport, GivenFor, Verdict
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.wording import moment, percent
from medmeta_core.shown_answer import ShownAnswer


def decision_words(verdict: Verdict, texts: Texts) -> str:
    """The decision alone, for the first impression, which was given on no answer."""
    named = verdict.condition or texts("cases.none_of_these")
    return texts(f"verdicts.{verdict.decision}", condition=named)


def verdict_words(case: CaseReport, texts: Texts) -> str:
    """The last verdict on a case; where it was given on another answer, on which."""
    verdict = case.verdict
    if verdict is None:
        return texts("none")
    given_for = "" if verdict.given_for is None else _which(verdict.given_for, texts)
    if case.verdict_on_it is not None:
        words = decision_words(verdict, texts)
        return texts("verdict_on.given_for", verdict=words, which=given_for) if given_for else words
    words = _words_on_another_answer(verdict, texts)
    if verdict.answer is None:
        sentence = texts("verdict_on.unknown", verdict=words)
    else:
        text = "verdict_on.other_for" if given_for else "verdict_on.other"
        answer = answer_words(verdict.answer, texts)
        sentence = texts(text, verdict=words, answer=answer, which=given_for)
    return sentence if verdict.reading else texts("verdict_on.not_judged", told=sentence)


def answer_words(answer: ShownAnswer, texts: Texts) -> str:
    """What an answer said, in a few words."""
    if answer.condition is None or answer.probability is None:
        return texts.get(f"cases.{answer.outcome.replace('-', '_')}", answer.outcome)
    return f"{answer.condition} {percent(answer.probability)}"


def _words_on_another_answer(verdict: Verdict, texts: Texts) -> str:
    """A reading is stated as such: it changes nothing in the answer that is printed now."""
    if verdict.reading is None:
        return decision_words(verdict, texts)
    named = verdict.condition or texts("cases.none_of_these")
    return texts("verdict_on.sees", condition=named)


def _which(given_for: GivenFor, texts: Texts) -> str:
    method = texts.get(f"method.names.{given_for.method}", given_for.method)
    return texts("verdict_on.which", method=method, at=moment(given_for.at))
