"""What `medmeta evaluate` found: as JSON values, as a sentence, as Markdown tables."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from medmeta_core.cli.contender import Contender
from medmeta_core.cli.evaluation_task import Task
from medmeta_core.embedding.files.training_images import training_images
from medmeta_core.evaluation import (
    EpisodePredictions,
    Evaluation,
    TrainingOverlap,
    paired_difference,
    patients_of,
    training_overlap,
)

Document = dict[str, Any]
CERTAINTY = ("nothing", "names", "files")
"""By what is told whether a backbone was trained on images, the least certain first."""


def document(task: Task, contender: Contender, figures: Evaluation) -> Document:
    """The figures of one contender, with what they rest on."""
    content = asdict(figures)
    shape = content.pop("shape")
    backbone, labelled = contender.backbone, task.labelled
    recorded = training_images(backbone.name)
    overlaps = [
        training_overlap(backbone.card, recorded, folder_name=folder.resolve().name, labelled=part)
        for folder, part in zip(task.folders, task.parts, strict=True)
    ]
    return {
        "folder": task.folders[0].name,
        "queries_from": task.folders[-1].name,
        "trained_on": any(one.conditions for one in overlaps),
        "trained_on_compared": min((one.compared for one in overlaps), key=CERTAINTY.index),
        "images_trained_on": _n_seen(overlaps),
        "conditions_trained_on": sorted({name for one in overlaps for name in one.conditions}),
        "method": contender.method,
        "backbone": {"name": backbone.name, "sha256": backbone.card.sha256},
        "n_images": len(labelled.labels),
        "n_conditions": len(labelled.conditions),
        "n_patients": len({g for g in labelled.groups if g}) or None,
        "n_refused": sum(len(part.refusals) for part in task.parts),
        "n_without_condition": sum(len(part.without_condition) for part in task.parts),
        "n_absent": sum(len(part.absent) for part in task.parts),
        "n_unlisted": sum(len(part.unlisted) for part in task.parts),
        "way": shape["n_way"],
        "shot": shape["n_shot"],
        "query": shape["n_query"],
        **content,
    }


def comparison(
    task: Task, documents: Sequence[Document], predictions: Sequence[EpisodePredictions]
) -> Document:
    """All contenders, and how much better the first is than each other on the same episodes."""
    patients = patients_of(predictions[0], task.labelled)
    differences = [
        {"first": _name(documents[0]), "second": _name(other)}
        | asdict(paired_difference(predictions[0], answers, patients))
        for other, answers in zip(documents[1:], predictions[1:], strict=True)
    ]
    return {"compared": list(documents), "differences": differences}


def as_sentence(one: Document) -> str:
    """The figures of one contender on a line."""
    accuracy, balanced = one["accuracy"], one["balanced_accuracy_over_patients"]
    return (
        f"{_sets(one)}, {_name(one)}: {one['way']}-way {one['shot']}-shot accuracy "
        f"{accuracy['mean']:.3f} ({accuracy['low']:.3f} to {accuracy['high']:.3f} over episodes), "
        f"balanced {_interval(balanced)} over patients, log loss {one['log_loss']['mean']:.3f}, "
        f"calibration error {one['expected_calibration_error']:.3f}, "
        f"{one['seconds_per_episode']:.3f} s an episode, {one['n_episodes']} episodes"
    )


def as_markdown(documents: Sequence[Document], content: Document) -> str:
    """A table of the contenders, of their differences, and of the first one's conditions."""
    first = documents[0]
    parts = [
        f"# {_sets(first)}: {first['way']}-way {first['shot']}-shot",
        f"{first['n_episodes']} episodes, {first['n_images']} images; the interval over episodes "
        "says how well the mean for these pictures is known, the interval over patients (where "
        "unknown: pictures) how it would move with others of the same source.",
        _table(
            "method | trained on | accuracy, over episodes | balanced, over episodes | balanced, "
            "over patients | log loss | calibration error | s / episode",
            [_line(one) for one in documents],
        ),
    ]
    if "differences" in content:
        rows = [
            f"{d['first']} less {d['second']} | {_interval(d['over_episodes'], '+')} "
            f"| {_interval(d['over_patients'], '+')}"
            for d in content["differences"]
        ]
        parts.append(_table("balanced accuracy | over episodes | over patients", rows))
    for one in documents:
        rows = [
            f"{c['condition']} | {c['n_images']} | {_interval(c['recall'])} "
            f"| {_interval(c['precision'])} | {_interval(c['auc'])}"
            for c in one["conditions"]
        ]
        parts += [f"## {_name(one)}", _table("condition | images | recall | precision | AUC", rows)]
    return "\n\n".join(parts) + "\n"


def _line(one: Document) -> str:
    return (
        f"{_name(one)} | {_trained_on(one)} | {_interval(one['accuracy'])} "
        f"| {_interval(one['balanced_accuracy'])} "
        f"| {_interval(one['balanced_accuracy_over_patients'])} "
        f"| {_interval(one['log_loss'])} | {one['expected_calibration_error']:.3f} "
        f"| {one['seconds_per_episode']:.3f}"
    )


def _trained_on(one: Document) -> str:
    """Whether the backbone has seen all, some or none of the conditions, and how that is known."""
    seen, compared = one["conditions_trained_on"], one["trained_on_compared"]
    if not seen:
        return {"files": "no", "names": "no, by name", "nothing": "not stated"}[compared]
    how = ", by name" if compared == "names" else ""
    if len(seen) >= one["n_conditions"]:
        return f"yes{how}"
    return f"partly{how}: {', '.join(seen)}"


def overlap_sentence(one: Document) -> str | None:
    """What to know of images that the backbone was trained on; None where it has seen none."""
    name, n = one["backbone"]["name"], one["images_trained_on"]
    if one["trained_on_compared"] == "nothing":
        return f"It is not stated which images {name} was trained on."
    if n:
        conditions = ", ".join(one["conditions_trained_on"])
        return (
            f"{name} was trained on {n} of these image files ({conditions}): such figures show no "
            "skill on something new."
        )
    if n == 0 and one["trained_on"]:
        return f"{name} was trained on a set of this name, but on none of these very files."
    if n is None:
        return (
            f"Of {name} only the names of the sets are known that it was trained on: a folder "
            "under another name is not recognised."
        )
    return None


def _n_seen(seen: Sequence[TrainingOverlap]) -> int | None:
    counts = [one.n_images for one in seen if one.n_images is not None]
    return sum(counts) if len(counts) == len(seen) else None


def _table(titles: str, rows: list[str]) -> str:
    rule = "|".join(["---"] * (titles.count("|") + 1))
    return "\n".join([f"| {titles} |", f"|{rule}|", *(f"| {row} |" for row in rows)])


def _interval(estimate: dict[str, float], sign: str = "") -> str:
    mean, low, high = (f"{estimate[name]:{sign}.3f}" for name in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def _name(one: Document) -> str:
    return f"{one['method']} on {one['backbone']['name']}"


def _sets(one: Document) -> str:
    if one["folder"] == one["queries_from"]:
        return str(one["folder"])
    return f"{one['folder']} → {one['queries_from']}"
