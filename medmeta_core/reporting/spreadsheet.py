"""Report → CSV (RFC 4180): one row for each case and condition."""

import csv
import io
from collections.abc import Iterator

from medmeta_core.reporting.characters import encodable
from medmeta_core.reporting.report import CaseReport, Report, Verdict
from medmeta_core.reporting.texts import Texts

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets take a file without it for another encoding than UTF-8."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
COLUMNS = (
    "notice",
    "report_created",
    "workspace",
    "case",
    "condition",
    "rank",
    "probability",
    "interval_low",
    "interval_high",
    "in_set",
    "set_coverage",
    "typicality",
    "abstention",
    "calibrated",
    "share_right",
    "min_typicality",
    "min_right",
    "heat_map_condition",
    "heat_map_peak",
    "notes",
    "own_examples",
    "verdict",
    "verdict_condition",
    "verdict_comment",
    "verdict_operator",
    "verdict_at",
    "earlier_verdict",
    "earlier_verdict_condition",
    "earlier_verdict_operator",
    "earlier_verdict_at",
    "reader_sees",
    "judged_outcome",
    "judged_condition",
    "judged_probability",
    "judged_thresholds",
    "judged_method",
    "judged_adapted_at",
    "examples",
    "examples_left_out",
    "examples_recognised",
    "method",
    "backbone",
    "backbone_sha256",
    "session_sha256",
)


def to_csv(report: Report) -> str:
    """The rankings of all cases as a table, with a byte order mark in front.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for case in report.cases:
        for row in _rows(case, report):
            writer.writerow({name: _safe(value) for name, value in row.items()})
    return BYTE_ORDER_MARK + buffer.getvalue()


def _rows(case: CaseReport, report: Report) -> Iterator[dict[str, object]]:
    prediction = case.prediction
    bounds = dict(zip(prediction.conditions, prediction.intervals, strict=True))
    shared = _of_report(report) | _of_case(case)
    for rank, (condition, probability) in enumerate(prediction.ranked, 1):
        conformal_set = prediction.conformal_set
        yield shared | {
            "condition": condition,
            "rank": rank,
            "probability": probability,
            "interval_low": bounds[condition][0],
            "interval_high": bounds[condition][1],
            "in_set": ""
            if conformal_set is None
            else "yes"
            if condition in conformal_set
            else "no",
        }


def _of_report(report: Report) -> dict[str, object]:
    return {
        "notice": Texts(report.language)("banner"),
        "report_created": report.created.isoformat(),
        "workspace": report.workspace,
        "min_typicality": report.rule.min_typicality,
        "min_right": report.rule.min_right,
        "examples": len(report.cross_validation.labels),
        "examples_left_out": report.cross_validation.n_evaluated,
        "examples_recognised": report.cross_validation.n_correct,
        "method": report.method,
        "backbone": report.backbone,
        "backbone_sha256": report.backbone_sha256,
        "session_sha256": report.session_digest,
    }


def _of_case(case: CaseReport) -> dict[str, object]:
    prediction, explanation = case.prediction, case.explanation
    return {
        "case": case.alias,
        "set_coverage": prediction.coverage if prediction.conformal_set is not None else "",
        "typicality": "" if prediction.typicality is None else prediction.typicality,
        "abstention": prediction.abstention.value if prediction.abstention else "",
        "calibrated": "yes" if prediction.is_calibrated else "no",
        "share_right": "" if prediction.share_right is None else prediction.share_right,
        "heat_map_condition": explanation.condition if explanation else "",
        "heat_map_peak": explanation.peak if explanation else "",
        "notes": "; ".join(case.notes),
        "own_examples": "; ".join((case.match.relation, *case.match.aliases)) if case.match else "",
        **_verdict("verdict", case.verdict_on_it),
        **_verdict("earlier_verdict", case.earlier_verdict),
        "verdict_comment": case.verdict.comment if case.verdict else "",
        "reader_sees": (case.verdict and case.verdict.reading) or "",
        **_reviewed_answer(case),
    }


def _verdict(column: str, verdict: Verdict | None) -> dict[str, object]:
    """A verdict in the columns that begin with `column`; empty without one."""
    return {
        column: verdict.decision if verdict else "",
        f"{column}_condition": (verdict.condition or "") if verdict else "",
        f"{column}_operator": verdict.operator if verdict else "",
        f"{column}_at": verdict.at.isoformat() if verdict else "",
    }


def _reviewed_answer(case: CaseReport) -> dict[str, object]:
    """The answer that the reviewer classified, which may be another than the one in this row."""
    answer = case.verdict and case.verdict.answer
    given_for = case.verdict and case.verdict.given_for
    thresholds = sorted(answer.thresholds.items()) if answer else []
    return {
        "judged_outcome": answer.outcome if answer else "",
        "judged_condition": (answer.condition or "") if answer else "",
        "judged_probability": ""
        if not answer or answer.probability is None
        else answer.probability,
        "judged_thresholds": "; ".join(f"{name}={value}" for name, value in thresholds),
        "judged_method": given_for.method if given_for else "",
        "judged_adapted_at": given_for.at.isoformat() if given_for else "",
    }


def _safe(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = encodable(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
