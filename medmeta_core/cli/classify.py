"""`medmeta classify`: new images against a folder of examples."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from medmeta_core.analysis import Adaptation
from medmeta_core.casework.case_classifier import CaseClassifier
from medmeta_core.casework.example_folder import FolderExamples
from medmeta_core.casework.image_cases import ImageCase, ImageClassifier
from medmeta_core.casework.image_report import match_note
from medmeta_core.cli.adapting import (
    BackboneName,
    ExamplesFolder,
    Method,
    MinRight,
    MinTypicality,
    adapted_to,
    remarks_of,
)
from medmeta_core.cli.console import BAD_INPUT, progress_bar, say, tell, write_json
from medmeta_core.cli.files import check_files, read_files
from medmeta_core.imaging import FORMAT_NAMES, ReadItem, Refusal
from medmeta_core.reporting.matching_words import match_sentence
from medmeta_core.reporting.texts import Texts
from medmeta_core.selection import choice_to_json
from medmeta_core.trust import (
    AbstentionRule,
    cross_validation_to_json,
    figures_to_json,
    prediction_to_json,
)


def classify(
    files: Annotated[
        list[Path],
        typer.Argument(help=f"Images: DICOM, {FORMAT_NAMES}; a zip of them."),
    ],
    examples: ExamplesFolder,
    method: Method = "prototypical",
    backbone: BackboneName = None,
    min_right: MinRight = AbstentionRule.min_right,
    min_typicality: MinTypicality = AbstentionRule.min_typicality,
    json: Annotated[
        Path | None, typer.Option(help="Write the answers here; - for standard output.")
    ] = None,
) -> None:
    """Compare new images with a handful of examples of each condition."""
    check_files(files)
    rule = AbstentionRule(min_typicality, min_right)
    folder_examples, adaptation = adapted_to(examples, method=method, backbone=backbone)
    classifier = ImageClassifier(folder_examples, CaseClassifier(adaptation), rule)
    with progress_bar("Images") as progress:
        answers = [
            answer
            for file, item in read_files(files, progress)
            for answer in _answers(file, item, classifier)
        ]
    if json is None:
        _tell(answers)
    else:
        write_json(_document(adaptation, folder_examples, answers) | {"rule": asdict(rule)}, json)
    if not any("ranked" in answer for answer in answers):
        raise typer.Exit(BAD_INPUT)


def _answers(
    file: Path, item: ReadItem | Refusal, classifier: ImageClassifier
) -> list[dict[str, Any]]:
    """One answer for each image of a file, or why it was refused."""
    if isinstance(item, Refusal):
        return [{"file": str(file), "refused": {"rule": item.rule, "message": item.message}}]
    cases = [classifier.classify(image, with_heat_map=False) for image in item.images]
    return [
        {"file": str(file), "frame": case.image.frame, **_answer(case, classifier.examples)}
        for case in cases
    ]


def _answer(case: ImageCase, examples: FolderExamples) -> dict[str, Any]:
    match = _match(case, examples)
    if case.analysis is None:
        return {"not_judged": match}
    prediction = case.analysis.prediction
    told_of = prediction_to_json(prediction)
    similar = [
        {"example": examples.names[s.index], "condition": s.condition, "similarity": s.similarity}
        for s in prediction.similar_cases
    ]
    ranked = [
        {
            "condition": name,
            "probability": p,
            "interval": list(prediction.intervals[prediction.conditions.index(name)]),
        }
        for name, p in prediction.ranked
    ]
    fields = (
        *("abstention", "calibrated", "share_right", "n_judged"),
        *("conformal_set", "coverage", "bound_level", "p_values", "typicality"),
    )
    return {
        "ranked": ranked,
        **{key: told_of[key] for key in fields},
        "similar_cases": similar,
        "own_examples": match,
        "notes": list(case.image.notes),
        "seconds": case.analysis.seconds,
    }


def _match(case: ImageCase, examples: FolderExamples) -> dict[str, Any] | None:
    """Which examples the case is, or is of the same patient as, in names and in a sentence."""
    if case.match is None:
        return None
    note = match_note(case.match, examples.names)
    return {
        "relation": note.relation,
        "examples": list(note.aliases),
        "left_out": list(note.left_out),
        "message": match_sentence(note, Texts("en"), is_classified=case.analysis is not None),
    }


def _document(
    adaptation: Adaptation, examples: FolderExamples, answers: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "intended_use": "research and education only",
        "method": adaptation.method,
        "backbone": {"name": adaptation.backbone, "sha256": adaptation.backbone_sha256},
        "settings": dict(adaptation.settings),
        "choice": adaptation.choice and choice_to_json(adaptation.choice),
        "conditions": [
            {"name": name, "n_examples": n}
            for name, n in zip(examples.support.conditions, examples.support.counts, strict=True)
        ],
        "example_notes": remarks_of(examples),
        "leave_one_out": cross_validation_to_json(adaptation.cross_validation)
        | figures_to_json(adaptation.cross_validation),
        "refused_examples": [
            {"file": f"{r.folder}/{r.name}", "rule": r.rule, "message": r.message}
            for r in examples.refusals
        ],
        "files": answers,
    }


def _tell(answers: list[dict[str, Any]]) -> None:
    """A line for each answer, for a person at the terminal."""
    for answer in answers:
        if "refused" in answer:
            tell(
                f"{answer['file']}: refused: {answer['refused']['message']}",
            )
            continue
        if "not_judged" in answer:
            say(f"{answer['file']}: {answer['not_judged']['message']}")
            continue
        match = answer["own_examples"]
        more = f" {match['message']}" if match else ""
        say(f"{answer['file']}: {_in_words(answer)}{more}")


def _in_words(answer: dict[str, Any]) -> str:
    """The answer; a percentage only where it is known what it is worth."""
    first = answer["ranked"][0]["condition"]
    if not answer["calibrated"]:
        reason = answer["abstention"]
        return f"{reason} (nearest: {first}; too few examples to tell how sure this is)"
    share = f"{answer['share_right']:.0%} of such answers expected right"
    if answer["abstention"]:
        return f"{answer['abstention']} (first: {first}; {share})"
    return f"most similar to {first} ({share})"
