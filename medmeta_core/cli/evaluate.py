"""`medmeta evaluate`: accuracy over episodes drawn from a folder of folders."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from medmeta_core.cli.classify import BackboneName, Method
from medmeta_core.cli.console import progress_bar, told, write_json
from medmeta_core.embedding import Backbone, load_backbone
from medmeta_core.episodes import EpisodeShape
from medmeta_core.evaluation import Evaluation, LabelledSet, evaluate, read_labelled_set
from medmeta_core.methods import method_entry


def evaluate_command(
    folder: Annotated[
        Path, typer.Argument(help="Folder in which each sub-folder is a condition.", metavar="DIR")
    ],
    method: Method = "prototypical",
    backbone: BackboneName = None,
    way: Annotated[int, typer.Option(min=2, help="Conditions of an episode.")] = 5,
    shot: Annotated[int, typer.Option(min=1, help="Examples of each condition.")] = 5,
    query: Annotated[
        int, typer.Option(min=1, help="Images judged of each condition, at most.")
    ] = 15,
    episodes: Annotated[int, typer.Option(min=1)] = 600,
    group: Annotated[
        str | None, typer.Option(help="Column of manifest.csv that names the patient.")
    ] = None,
    seed: int = 0,
    calibrate: Annotated[
        bool, typer.Option(help="Fit a temperature in each episode, as the dashboard does.")
    ] = True,
    json: Annotated[
        Path | None, typer.Option(help="Write the figures here; - for standard output.")
    ] = None,
) -> None:
    """Measure a method on labelled images; a patient is never on both sides."""
    entry = method_entry(method)
    loaded = load_backbone(backbone or entry.backbone)
    with progress_bar("Images") as progress:
        labelled = read_labelled_set(
            folder, side=loaded.card.input_side, group=group, progress=progress
        )
    with progress_bar("Episodes") as progress:
        figures = evaluate(
            entry.make(loaded),
            labelled,
            EpisodeShape(way, shot, query),
            n_episodes=episodes,
            seed=seed,
            calibrated=calibrate,
            progress=progress,
        )
    if figures.shape.n_way < way:
        told.print(f"{folder.name} gives {figures.shape.n_way}-way episodes, not {way}-way.")
    asked = {"method": method, "group": group, "seed": seed, "calibrated": calibrate}
    document = _document(folder, labelled, loaded, figures) | asked
    if json is None:
        _tell(document)
    else:
        write_json(document, json)


def _document(
    folder: Path, labelled: LabelledSet, backbone: Backbone, figures: Evaluation
) -> dict[str, Any]:
    content = asdict(figures)
    shape = content.pop("shape")
    trained_on = backbone.card.facts.get("trained_on", [])
    return {
        "folder": folder.name,
        "trained_on": folder.resolve().name in trained_on,
        "backbone": {"name": backbone.name, "sha256": backbone.card.sha256},
        "n_images": len(labelled.labels),
        "n_conditions": len(labelled.conditions),
        "n_patients": len(set(labelled.groups)) if any(labelled.groups) else None,
        "n_refused": len(labelled.refusals),
        "way": shape["n_way"],
        "shot": shape["n_shot"],
        "query": shape["n_query"],
        **content,
    }


def _tell(document: dict[str, Any]) -> None:
    accuracy, balanced = document["accuracy"], document["balanced_accuracy"]
    typer.echo(
        f"{document['folder']}: {document['way']}-way {document['shot']}-shot accuracy "
        f"{accuracy['mean']:.3f} ({accuracy['low']:.3f} to {accuracy['high']:.3f}), balanced "
        f"{balanced['mean']:.3f}, calibration error "
        f"{document['expected_calibration_error']:.3f}, "
        f"{document['seconds_per_episode']:.3f} s an episode, {document['n_episodes']} episodes"
    )
