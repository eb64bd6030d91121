"""`medmeta backbones`: list, show, import, fetch and remove the networks that methods rest on."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from medmeta_core.cli.console import STANDARD_OUTPUT, progress_bar, say, tell, write_json
from medmeta_core.embedding import (
    PUBLISHED,
    ImportRequest,
    Published,
    backbone_card,
    backbone_names,
    fetch_backbone,
    import_backbone,
    own_names,
    remove_backbone,
)
from medmeta_core.embedding.architectures import ARCHITECTURES
from medmeta_core.embedding.files.safetensors_file import MAX_BYTES
from medmeta_core.embedding.files.torchvision import LICENCE
from medmeta_core.imaging.regular_file import regular_file

backbones = typer.Typer(
    no_args_is_help=True,
    help="The networks that turn an image into numbers: shipped, fetched or imported.",
)

Name = Annotated[str, typer.Argument(help="Name of a backbone.", metavar="NAME")]


@backbones.command("list")
def list_backbones() -> None:
    """Available backbones, and those that can be fetched."""
    for name in backbone_names():
        card = backbone_card(name)
        kind = "your own" if name in own_names() else "shipped"
        say(f"{name}: {card.architecture}, {card.input_side} px, {kind}")
    for name, offer in PUBLISHED.items():
        if name not in backbone_names():
            say(f"{name}: {offer.architecture}, can be fetched ({offer.megabytes:.0f} MB)")


@backbones.command("show")
def show_backbone(name: Name) -> None:
    """The card of a backbone, as JSON; of one that can be fetched, its origin and terms."""
    is_offer = name in PUBLISHED and name not in backbone_names()
    content = _terms(PUBLISHED[name]) if is_offer else asdict(backbone_card(name))
    write_json(content, STANDARD_OUTPUT)


@backbones.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A safetensors file.", metavar="FILE")],
    name: Annotated[str, typer.Option(help="What to call it.")],
    architecture: Annotated[
        str,
        typer.Option(
            help=f"One of {', '.join(ARCHITECTURES)}, joint, or timm/NAME of the package timm."
        ),
    ],
    input_side: Annotated[int, typer.Option(help="Pixels a side at which it was trained.")] = 224,
    origin: Annotated[str, typer.Option(help="Where it comes from, under which terms.")] = "",
    mean: Annotated[
        tuple[float, float, float] | None,
        typer.Option(help="Of each channel in training, if not the usual one of the network."),
    ] = None,
    std: Annotated[
        tuple[float, float, float] | None, typer.Option(help="The spread likewise.")
    ] = None,
) -> None:
    """Keep the weights of your own file as a backbone."""
    weights = regular_file(file, max_bytes=MAX_BYTES)
    declared = ImportRequest(name, architecture, input_side, origin, mean, std)
    card = import_backbone(weights, declared, place=file)
    say(f"{card.name}: sha256 {card.sha256}")


@backbones.command("fetch")
def fetch_command(name: Name) -> None:
    """Fetch published weights of torchvision over the internet; the terms are shown first."""
    if name in PUBLISHED:
        for field, value in _terms(PUBLISHED[name]).items():
            tell(f"{field}: {value}")
    with progress_bar("Fetching") as progress:
        card = fetch_backbone(name, progress)
    say(f"{card.name}: sha256 {card.sha256}")


@backbones.command("remove")
def remove_command(name: Name) -> None:
    """Remove a backbone that you fetched or imported."""
    remove_backbone(name)
    say(f"{name}: removed")


def _terms(offer: Published) -> dict[str, Any]:
    return {"origin": offer.url, "megabytes": offer.megabytes, "licence": LICENCE}
