"""One page for each case: the outcome, its grounds, and the reviewer's word."""

from medmeta_core.condition_colours import colour_of
from medmeta_core.reporting.blocks import (
    Bar,
    Block,
    Facts,
    Listing,
    Outcome,
    Paragraph,
    Picture,
    Ranking,
    Section,
    SideBySide,
    Strip,
    Subheading,
)
from medmeta_core.reporting.matching_words import match_sentence
from medmeta_core.reporting.pictures import colour_bar_png
from medmeta_core.reporting.report import CaseReport, Report, Verdict
from medmeta_core.reporting.report_parts import SimilarPicture
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.verdict_words import decision_words, verdict_words
from medmeta_core.reporting.wording import (
    below,
    first_figures,
    interval,
    moment,
    percent,
    remarks_on,
    reviews_of,
    threshold,
    typicality,
)
from medmeta_core.trust import Abstention, Doubt, doubts, n_needed

PLAIN_PICTURE = "OT"
"""DICOM's code for "other": nothing that a reader would learn from."""


def cases_section(report: Report, texts: Texts) -> Section:
    """How the pages of the cases are to be read."""
    intro = texts("cases.intro" if report.cases else "cases.intro_none")
    unclassified = tuple(
        Paragraph(
            texts(
                "cases.unjudged",
                alias=alias,
                told=match_sentence(match, texts, is_classified=False),
            ),
            "caution",
        )
        for alias, match in report.unclassified
    )
    return Section("cases", texts("cases.title"), (Paragraph(intro), *unclassified))


def sections_of_cases(report: Report, texts: Texts) -> tuple[Section, ...]:
    """A section for each case."""
    return tuple(
        Section(
            f"case-{number}",
            texts("cases.case", alias=case.alias),
            _blocks(case, report, texts),
            level=2,
            on_new_page=True,
        )
        for number, case in enumerate(report.cases, 1)
    )


def _blocks(case: CaseReport, report: Report, texts: Texts) -> tuple[Block, ...]:
    match = (Paragraph(match_sentence(case.match, texts), "caution"),) if case.match else ()
    return (
        *match,
        _outcome(case, report, texts),
        _pictures(case, report, texts),
        Subheading(texts("cases.ranking")),
        _ranking(case, report, texts),
        Subheading(texts("cases.similar")),
        _similar(case, texts),
        Facts(_grounds(case, report, texts) + _review(case, texts) + _source(case, texts)),
    )


def _outcome(case: CaseReport, report: Report, texts: Texts) -> Outcome:
    abstention = case.prediction.abstention
    if abstention is Abstention.NONE_OF_THESE:
        limit = f"{report.rule.min_typicality:g}"
        typical = below(typicality(case.prediction.typicality), limit)
        reason = texts("cases.none_of_these_reason", typicality=typical, threshold=limit)
    elif abstention is Abstention.NOT_CALIBRATED:
        reason = texts("cases.not_calibrated_reason")
    else:
        reason = _how_sure(case, report, texts)
    return Outcome(reviews_of(case, texts), reason, is_named=abstention is None)


def _how_sure(case: CaseReport, report: Report, texts: Texts) -> str:
    """The share of such answers expected to be right, or what keeps this one from being sure."""
    prediction, level = case.prediction, threshold(report.rule.min_right)
    probability, bounds = first_figures(case)
    share = percent(prediction.share_right or 0)
    if prediction.abstention is None:
        return texts("cases.most_similar_reason", share=share, level=level)
    reasons: dict[Doubt, dict[str, object]] = {
        Doubt.SHARE_RIGHT: {"share": below(share, level), "level": level},
        Doubt.TOO_FEW: {
            "level": level,
            "judged": prediction.n_evaluated or 0,
            "needed": n_needed(report.rule.min_right),
        },
        Doubt.SET: {"names": "; ".join(prediction.conformal_set or ()), "level": level},
        Doubt.INTERVAL: {"probability": probability, "interval": bounds, "level": level},
    }
    doubt = next(iter(doubts(prediction, report.rule)), Doubt.SHARE_RIGHT)
    return texts(f"cases.not_sure_reason.{doubt.value}", **reasons[doubt])


def _pictures(case: CaseReport, report: Report, texts: Texts) -> SideBySide:
    description = texts("cases.picture_alt", alias=case.alias)
    if case.overlay_png is None or case.explanation is None:
        remark = texts("cases.no_overlay")
        plain = Picture(case.picture_png, texts("cases.picture"), description, remark)
        return SideBySide((plain,))
    plain = Picture(case.picture_png, texts("cases.picture"), description)
    condition, peak = case.explanation.condition, case.explanation.peak
    scale = (
        texts("cases.colour_bar", peak=f"{peak:.3g}") if peak > 0 else texts("cases.no_evidence")
    )
    overlay = Picture(
        case.overlay_png,
        texts("cases.overlay", condition=condition),
        texts("cases.overlay_alt", alias=case.alias, condition=condition),
    )
    bar = Picture(colour_bar_png(report.colour_map), "", scale, scale)
    return SideBySide((plain, overlay), bar)


def _ranking(case: CaseReport, report: Report, texts: Texts) -> Block:
    prediction = case.prediction
    if not prediction.is_calibrated:
        order = enumerate(prediction.ranked, 1)
        return Listing(tuple(texts("cases.rank", n=n, name=name) for n, (name, _) in order))
    colours = {**colour_of(prediction.conditions), **report.colours}
    bounds = dict(zip(prediction.conditions, prediction.intervals, strict=True))
    conformal_set = prediction.conformal_set or ()
    return Ranking(
        caption=texts("cases.ranking"),
        bars=tuple(
            Bar(
                name=name,
                colour=colours[name],
                share=share,
                low=bounds[name][0],
                high=bounds[name][1],
                label=f"{percent(share)} ({interval(bounds[name])})",
                in_set=name in conformal_set,
            )
            for name, share in prediction.ranked
        ),
    )


def _similar(case: CaseReport, texts: Texts) -> Block:
    if not case.similar:
        return Paragraph(texts("cases.similar_none"), "quiet")
    return Strip(tuple(_similar_picture(SimilarPicture(*one), texts) for one in case.similar))


def _similar_picture(one: SimilarPicture, texts: Texts) -> Picture:
    return Picture(
        one.thumbnail,
        texts("cases.similar_caption", alias=one.alias, condition=one.condition),
        texts("cases.similar_alt", alias=one.alias, condition=one.condition),
        texts("cases.similar_cosine", similarity=f"{one.similarity:.3f}"),
    )


def _grounds(case: CaseReport, report: Report, texts: Texts) -> tuple[tuple[str, str], ...]:
    prediction = case.prediction
    typical = texts(
        "cases.typicality_value" if prediction.typicality is not None else "cases.typicality_none",
        value=typicality(prediction.typicality),
        threshold=f"{report.rule.min_typicality:g}",
    )
    notes = "; ".join(remarks_on(case, texts)) or texts("none")
    return (
        (texts("cases.set", coverage=threshold(prediction.coverage)), _set_words(case, texts)),
        (texts("cases.typicality"), typical),
        (texts("cases.notes"), notes),
    )


def _set_words(case: CaseReport, texts: Texts) -> str:
    conformal_set = case.prediction.conformal_set
    if conformal_set is None:
        return texts("cases.set_none")
    return "; ".join(conformal_set) or texts("cases.set_empty")


def _review(case: CaseReport, texts: Texts) -> tuple[tuple[str, str], ...]:
    pairs, first, verdict = [], case.first_impression, case.verdict
    if first:
        words = decision_words(first, texts)
        pairs.append((texts("cases.first_impression"), _signed(words, first, texts)))
    if verdict is None:
        return (*pairs, (texts("cases.verdict"), texts("cases.verdict_none")))
    pairs.append((texts("cases.verdict"), _signed(verdict_words(case, texts), verdict, texts)))
    if verdict.comment:
        pairs.append((texts("cases.comment"), verdict.comment))
    return tuple(pairs)


def _source(case: CaseReport, texts: Texts) -> tuple[tuple[str, str], ...]:
    modality = "" if case.modality == PLAIN_PICTURE else case.modality
    stated = (
        (texts("cases.modality"), modality),
        (texts("cases.source_digest"), case.source_digest),
    )
    return tuple((name, value) for name, value in stated if value)


def _signed(words: str, verdict: Verdict, texts: Texts) -> str:
    return texts(
        "cases.verdict_by",
        verdict=words,
        operator=verdict.operator or texts("not_stated"),
        at=moment(verdict.at),
    )
