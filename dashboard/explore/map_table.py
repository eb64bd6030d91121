"""The embedding map as a table: aliases and places, no file names."""

import csv
import io
from collections.abc import Sequence

import streamlit as st

from dashboard.i18n import t
from dashboard.shared.downloads import file_stem
from medmeta_core.casework import EmbeddingMap
from medmeta_core.workspace import StoredImage, Workspace

COLUMNS = ("alias", "role", "condition", "patient", "map")
AXES = ("x", "y", "z")


def offer_csv(workspace: Workspace, embedded: EmbeddingMap, images: Sequence[StoredImage]) -> None:
    """A button that saves the places of these images."""
    st.download_button(
        t("explore.export", n=len(images)),
        data=as_csv(embedded, images),
        file_name=f"{file_stem(workspace.name)}-{embedded.kind}.csv",
        mime="text/csv",
        key="explore-export",
        on_click="ignore",
    )


def as_csv(embedded: EmbeddingMap, images: Sequence[StoredImage]) -> bytes:
    """A row for each image, with z where there is one; UTF-8 with the mark of spreadsheets."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([*COLUMNS, *AXES[: embedded.n_axes]])
    for image in images:
        writer.writerow(
            [
                image.alias,
                image.role.value,
                _inert(image.condition or ""),
                image.patient or "",
                embedded.kind,
                *(f"{coordinate:.5f}" for coordinate in embedded.places[image.id]),
            ]
        )
    return table.getvalue().encode("utf-8-sig")


def _inert(text: str) -> str:
    """A name that no spreadsheet takes for a formula.

    >>> _inert("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
