"""`medmeta meta-train`: train a backbone by a recipe."""

from pathlib import Path
from typing import Annotated

import typer

from medmeta_core.cli.console import progress_bar, say, tell
from medmeta_core.errors import MedMetaError
from medmeta_core.training.joining import join
from medmeta_core.training.joint_recipe import JointRecipe, is_joint, read_joint_recipe
from medmeta_core.training.loop.distributed import joined_ranks
from medmeta_core.training.recipe import RecipeError
from medmeta_core.training.recipe_file import read_recipe
from medmeta_core.training.run import SQUARES, Places, run_recipe


def meta_train(
    recipe: Annotated[
        Path, typer.Argument(help="A TOML recipe; see medmeta_core/training/recipes.")
    ],
    data: Annotated[Path, typer.Option(help="Folder below which the recipe's sets lie.")],
    out: Annotated[Path, typer.Option(help="Where weights and card are written.")] = Path("runs"),
    runs: Annotated[
        Path, typer.Option(help="Where checkpoint and log lie; a killed run goes on.")
    ] = Path("runs"),
    start: Annotated[
        Path | None,
        typer.Option(
            "--from", "--start", help="Card of the backbone that a run starts from or learns on."
        ),
    ] = None,
    checkpoint_every: Annotated[
        float, typer.Option(min=0, help="Seconds between two checkpoints.")
    ] = 120,
    log: Annotated[
        bool,
        typer.Option(
            "--lines", "--log", help="Lines instead of a bar, for a run in the background."
        ),
    ] = False,
) -> None:
    """Train by a recipe; resumes from its last checkpoint. Under torchrun, in many processes.

    torchrun takes `--start` and `--log` for beginnings of its own options: there say `--from` and
    `--lines`.
    """
    if not data.is_dir():
        raise MedMetaError("no-folder", path=str(data))
    if start is not None and not start.is_file():
        raise MedMetaError("no-card", path=str(start))
    if is_joint(recipe):
        if start is not None:
            raise RecipeError("recipe-joint-from")
        places = Places(data, out, runs, None, _command(recipe, None))
        _join(read_joint_recipe(recipe), places, log=log)
        return
    content = read_recipe(recipe)
    places = Places(data, out, runs, start, _command(recipe, start))
    if log:
        card = run_recipe(content, places, progress=_lines, checkpoint_every_s=checkpoint_every)
    else:
        with progress_bar(content.name) as bar:
            card = run_recipe(content, places, progress=bar, checkpoint_every_s=checkpoint_every)
    if card is not None:
        say(f"{card.name}: sha256 {card.sha256}")


def _join(recipe: JointRecipe, places: Places, *, log: bool) -> None:
    """A joint backbone is not trained: its statistics are measured, by one process."""
    if not joined_ranks().is_first:
        return
    root, out, cache, command = places.root, places.out, places.runs / SQUARES, places.command
    if log:
        card = join(recipe, root, out, cache=cache, command=command, progress=_lines)
    else:
        with progress_bar(recipe.name) as bar:
            card = join(recipe, root, out, cache=cache, command=command, progress=bar)
    say(f"{card.name}: sha256 {card.sha256}")


def _command(recipe: Path, start: Path | None) -> str:
    """What to type for the same again; folders are everybody's own."""
    from_card = f" --from {start.name}" if start else ""
    return f"medmeta meta-train {recipe.name} --data DIR{from_card}"


def _lines(fraction: float, label: str) -> None:
    tell(f"{fraction:6.1%} {label}")
