"""`medmeta meta-train`: train a backbone by a recipe."""

from pathlib import Path
from typing import Annotated

import typer

from medmeta_core.cli.console import progress_bar, told
from medmeta_core.training.recipe import read_recipe
from medmeta_core.training.run import run_recipe


def meta_train(
    recipe: Annotated[
        Path, typer.Argument(help="A TOML recipe; see medmeta_core/training/recipes.")
    ],
    data: Annotated[Path, typer.Option(help="Folder below which the recipe's sets lie.")],
    out: Annotated[Path, typer.Option(help="Where weights and card are written.")] = Path("runs"),
    runs: Annotated[Path, typer.Option(help="Where checkpoints lie; a killed run goes on.")] = Path(
        "runs"
    ),
    start: Annotated[
        Path | None, typer.Option(help="Card of the backbone to start from (MAML).")
    ] = None,
    log: Annotated[
        bool, typer.Option(help="Lines instead of a bar, for a run in the background.")
    ] = False,
) -> None:
    """Train by a recipe; resumes from its last checkpoint."""
    content = read_recipe(recipe)
    if log:
        card = run_recipe(content, data, out=out, runs=runs, start=start, progress=_lines)
    else:
        with progress_bar(content.name) as progress:
            card = run_recipe(content, data, out=out, runs=runs, start=start, progress=progress)
    typer.echo(f"{card.name}: sha256 {card.sha256}")


def _lines(fraction: float, label: str) -> None:
    told.print(f"{fraction:6.1%} {label}", highlight=False)
