"""Report → JSON: every figure in full precision, for machines.

Pictures are named by their sha256 and not held; numbers that are not finite are null.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from medmeta_core.reporting.characters import encodable
from medmeta_core.reporting.report import CaseReport, Report, Verdict
from medmeta_core.reporting.report_parts import (
    ConditionSummary,
    MatchNote,
    RefusedInput,
    SimilarPicture,
)
from medmeta_core.reporting.sections.checklist import CHECKLIST
from medmeta_core.reporting.texts import Texts
from medmeta_core.trust import (
    CrossValidation,
    cross_validation_to_json,
    figures_to_json,
    prediction_to_json,
)

SCHEMA = "medmeta-report"
SCHEMA_VERSION = 1


def to_json(report: Report) -> str:
    """The report as JSON with stable keys."""
    return json.dumps(_report(report), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _report(report: Report) -> Any:
    content = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "notice": Texts(report.language)("banner"),
        "title": report.title,
        "workspace": report.workspace,
        "is_demo": report.is_demo,
        "created": report.created.isoformat(),
        "operator": report.operator,
        "language": report.language,
        "conditions": [_condition(condition) for condition in report.conditions],
        "example_notes": [
            {"rule": note.rule, "examples": list(note.aliases)} for note in report.example_notes
        ],
        "cases": [_case(case) for case in report.cases],
        "unjudged_cases": [
            {"alias": alias, "own_examples": _match(match)} for alias, match in report.unclassified
        ],
        "leave_one_out": _left_out(report.cross_validation),
        "method": _method(report),
        "refused_inputs": [RefusedInput(*refused)._asdict() for refused in report.refusals],
        "checklist": [asdict(item) for item in CHECKLIST],
        "session_sha256": report.session_digest,
        "audit_head": report.audit_head,
        "log_is_unbroken": report.log_is_unbroken,
        "opened_from_session_sha256": report.opened_from,
    }
    return _plain(content)


def _method(report: Report) -> dict[str, Any]:
    return {
        "name": report.method,
        "settings": report.settings,
        "backbone": report.backbone,
        "backbone_sha256": report.backbone_sha256,
        "rule": asdict(report.rule),
        "seed": report.seed,
        "versions": report.versions,
    }


def _condition(condition: ConditionSummary) -> dict[str, Any]:
    return {
        "name": condition.name,
        "n_examples": condition.n_examples,
        "n_patients": condition.n_patients,
        "exclusions": [
            {"alias": alias, "reason": reason} for alias, reason in condition.exclusions
        ],
    }


def _case(case: CaseReport) -> dict[str, Any]:
    explanation = case.explanation
    return {
        "alias": case.alias,
        "modality": case.modality,
        "source_sha256": case.source_digest,
        "picture_sha256": sha256(case.picture_png).hexdigest(),
        "prediction": prediction_to_json(case.prediction),
        "heat_map": explanation and {"condition": explanation.condition, "peak": explanation.peak},
        "similar": [_similar(SimilarPicture(*one)) for one in case.similar],
        "notes": list(case.notes),
        "own_examples": _match(case.match),
        "first_impression": _verdict(case.first_impression),
        "verdict": _verdict(case.verdict_on_it),
        "earlier_verdict": _verdict(case.earlier_verdict),
        "reader_sees": case.verdict and case.verdict.reading,
        "seconds": case.seconds,
    }


def _match(match: MatchNote | None) -> dict[str, Any] | None:
    if match is None:
        return None
    return {
        "relation": match.relation,
        "examples": list(match.aliases),
        "left_out": list(match.left_out),
    }


def _similar(one: SimilarPicture) -> dict[str, Any]:
    return {"alias": one.alias, "condition": one.condition, "similarity": one.similarity}


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "decision": verdict.decision,
        "condition": verdict.condition,
        "comment": verdict.comment,
        "operator": verdict.operator,
        "at": verdict.at.isoformat(),
        "answer": verdict.answer and asdict(verdict.answer),
        "given_for": _given_for(verdict),
    }


def _given_for(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.given_for is None:
        return None
    return {"method": verdict.given_for.method, "adapted_at": verdict.given_for.at.isoformat()}


def _left_out(figures: CrossValidation) -> dict[str, Any]:
    return (
        cross_validation_to_json(figures)
        | figures_to_json(figures)
        | {
            "confusion": figures.confusion.tolist(),
            "recall": [asdict(recall) for recall in figures.recall],
        }
    )


def _plain(value: Any) -> Any:
    """The same with numbers, texts, lists and mappings only, as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return encodable(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if hasattr(value, "item"):  # a number of numpy
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
