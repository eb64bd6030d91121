"""The commands of `medmeta`, and how they end."""

import sys
from typing import Annotated

import typer

from medmeta_core.cli.app import app_command
from medmeta_core.cli.backbones import backbones
from medmeta_core.cli.classify import classify
from medmeta_core.cli.console import BAD_INPUT, say, tell
from medmeta_core.cli.evaluate import evaluate_command
from medmeta_core.cli.meta_train import meta_train
from medmeta_core.cli.report import report_command
from medmeta_core.cli.verify import verify_command
from medmeta_core.errors import MedMetaError
from medmeta_core.versions import versions

commands = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Few-shot classification of rare conditions. Research and education only.",
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        say(f"medmeta {versions()['medmeta']}")
        raise typer.Exit


@commands.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Options that stand before the command."""


commands.command("app")(app_command)
commands.command("classify")(classify)
commands.command("evaluate")(evaluate_command)
commands.command("report")(report_command)
commands.add_typer(backbones, name="backbones")
commands.command("meta-train")(meta_train)
commands.command("verify")(verify_command)


def main() -> None:
    """Run a command; bad input ends with exit code 2 and one line on standard error."""
    try:
        sys.exit(commands(standalone_mode=False) or 0)
    except MedMetaError as error:
        _end(str(error))
    except typer.TyperException as error:
        _end(error.format_message())
    except (typer.Abort, KeyboardInterrupt):
        tell("Stopped.")
        sys.exit(130)


def _end(message: str) -> None:
    if message:
        tell(f"medmeta: {message}")
    sys.exit(BAD_INPUT)
