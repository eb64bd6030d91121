"""`medmeta evaluate`: accuracy over episodes drawn from a folder of folders."""

from pathlib import Path
from typing import Annotated, Any

import typer

from medmeta_core.cli.console import progress_bar, say, tell, write_bytes, write_json
from medmeta_core.cli.contender import Contender, contenders
from medmeta_core.cli.evaluation_task import Task, read_task
from medmeta_core.cli.evaluation_words import (
    as_markdown,
    as_sentence,
    comparison,
    document,
    overlap_sentence,
)
from medmeta_core.episodes import EpisodeIndices, EpisodeShape
from medmeta_core.evaluation import EpisodePredictions, Evaluation, predict_episodes


def evaluate_command(
    folder: Annotated[
        Path, typer.Argument(help="Folder in which each sub-folder is a condition.", metavar="DIR")
    ],
    method: Annotated[
        list[str] | None,
        typer.Option(help="A method, or automatic; several are compared on the same episodes."),
    ] = None,
    backbone: Annotated[
        list[str] | None,
        typer.Option(help="By default the one each method is made for; several are compared."),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(help="Another such folder: examples come from DIR, queries from here."),
    ] = None,
    same: Annotated[
        list[str] | None,
        typer.Option(help="QUERIES_NAME=DIR_NAME: the same condition under two names."),
    ] = None,
    way: Annotated[int, typer.Option(min=2, help="Conditions of an episode.")] = 5,
    shot: Annotated[int, typer.Option(min=1, help="Examples of each condition.")] = 5,
    query: Annotated[
        int, typer.Option(min=1, help="Images classified of each condition, at most.")
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
    markdown: Annotated[
        Path | None, typer.Option(help="Write the figures here as Markdown tables.")
    ] = None,
) -> None:
    """Measure methods on labelled images; a patient is never on both sides."""
    compared = contenders(method or ["prototypical"], backbone or [])
    with progress_bar("Images") as progress:
        task = read_task(folder, queries, same=same or [], group=group, progress=progress)
    sampled, shape = task.episodes(EpisodeShape(way, shot, query), episodes, seed)
    if shape.n_way < way:
        tell(f"{task.name} gives {shape.n_way}-way episodes, not {way}-way.")
    predictions = [_predictions_of(one, task, sampled, calibrate=calibrate) for one in compared]
    options = {"group": group, "seed": seed, "calibrated": calibrate}
    documents = [
        document(task, one, Evaluation.of(answers, task.labelled, shape)) | options
        for one, answers in zip(compared, predictions, strict=True)
    ]
    for sentence in dict.fromkeys(map(overlap_sentence, documents)):
        if sentence:
            tell(sentence)
    content = documents[0] if len(documents) == 1 else comparison(task, documents, predictions)
    if markdown is not None:
        write_bytes(as_markdown(documents, content).encode(), markdown)
    _out(documents, content, json)


def _predictions_of(
    one: Contender, task: Task, episodes: list[EpisodeIndices], *, calibrate: bool
) -> EpisodePredictions:
    with progress_bar(one.name) as progress:
        method, labelled = one.on(task.labelled)
        return predict_episodes(method, labelled, episodes, calibrated=calibrate, progress=progress)


def _out(documents: list[dict[str, Any]], content: dict[str, Any], json: Path | None) -> None:
    if json is not None:
        write_json(content, json)
        return
    for one in documents:
        say(as_sentence(one))
    for difference in content.get("differences", []):
        gap = difference["over_episodes"]
        say(
            f"{difference['first']} less {difference['second']}: {gap['mean']:+.3f} "
            f"({gap['low']:+.3f} to {gap['high']:+.3f}) on the same episodes"
        )
