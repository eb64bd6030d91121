"""What `medmeta classify` and `medmeta report` share: their options and adapting to a folder."""

from pathlib import Path
from typing import Annotated, Any

import typer

from medmeta_core.analysis import Adaptation, adapt
from medmeta_core.casework.example_folder import FolderExamples, read_examples
from medmeta_core.casework.report_content import example_notes
from medmeta_core.cli.console import progress_bar, tell
from medmeta_core.languages import FALLBACK
from medmeta_core.methods import METHODS
from medmeta_core.reporting.sections.conditions import note_words
from medmeta_core.reporting.texts import Texts
from medmeta_core.trust import CrossValidation

ExamplesFolder = Annotated[
    Path, typer.Option("--examples", help="Folder in which each sub-folder is a condition.")
]
Method = Annotated[
    str, typer.Option(help=f"automatic, or one of: {', '.join(METHODS)}.", show_default=True)
]
BackboneName = Annotated[
    str | None,
    typer.Option("--backbone", help="Backbone; by default the one the method is made for."),
]
MinRight = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help="Share that should be right of the answers that name a condition; else: not sure.",
    ),
]
MinTypicality = Annotated[
    float, typer.Option(min=0, max=1, help="Below this typicality: none of these.")
]


def adapted_to(
    folder: Path, *, method: str, backbone: str | None
) -> tuple[FolderExamples, Adaptation]:
    """The examples of a folder and the adaptation to them, with a bar for each of the two."""
    with progress_bar("Examples") as progress:
        examples = read_examples(folder, progress)
    for refusal in examples.refusals:
        tell(f"{refusal.folder}/{refusal.name}: refused: {refusal.message}")
    for remark in remarks_of(examples):
        tell(remark["message"])
    with progress_bar("Adapting") as progress:
        adaptation = adapt(examples.support, method=method, backbone=backbone, progress=progress)
    tell(as_sentence(adaptation.cross_validation))
    return examples, adaptation


def remarks_of(examples: FolderExamples) -> list[dict[str, Any]]:
    """The remarks on examples as JSON values, each with its sentence and the names of these."""
    return [
        {
            "rule": note.rule,
            "message": note_words(note, Texts(FALLBACK)),
            "examples": list(note.aliases),
        }
        for note in example_notes(examples.remarks, examples.names)
    ]


def as_sentence(figures: CrossValidation) -> str:
    """How many examples could be left out and were recognised; a share from enough of them."""
    left_out = f"{figures.n_evaluated} of {len(figures.labels)} examples could be left out"
    if not figures.n_evaluated:
        return f"{left_out}: nothing of their conditions would remain."
    share = f" ({figures.accuracy:.0%})" if figures.has_share else ""
    patients = "" if figures.n_with_patient else "; patients are not known"
    return f"{left_out}, {figures.n_correct} of them recognised{share}{patients}."
