"""The embedding map: lasso and box open images, a click marks, marked images are ringed.

Drawn by a component of ours: a plotly chart whose figure changes is another widget to Streamlit,
so that each mark would undo the lasso.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import state
from dashboard.i18n import t
from dashboard.shared.condition_marks import NEUTRAL, Mark
from dashboard.shared.selection import Selection
from dashboard.web.component import web_component
from medmeta_core.casework import EmbeddingMap
from medmeta_core.workspace import Role, StoredImage

CASE_MARK = Mark(NEUTRAL, "✖", "x")

_map = web_component("embedding_map")

LABELS = ("lasso", "box", "move", "reset", "clear")


@dataclass(frozen=True)
class MapView:
    """Which map is on screen: its name also names the session state of its lasso."""

    name: str

    @property
    def inside(self) -> tuple[str, ...]:
        """Ids inside the lasso or box; empty where nothing is drawn."""
        return tuple(st.session_state.get(f"inside-{self.name}", ()))

    def take(self, event: Mapping[str, Sequence[str]]) -> None:
        """Keep what the visitor drew or marked."""
        if event["kind"] == "inside":
            st.session_state[f"inside-{self.name}"] = tuple(event["ids"])
        else:
            state.select(event["ids"])


def mark_of(image: StoredImage, marks: Mapping[str, Mark]) -> Mark:
    """Colour and symbol of an image: of its condition, or of a new case."""
    if image.role is Role.CASE or image.condition is None:
        return CASE_MARK
    return marks[image.condition]


def name_of(image: StoredImage) -> str:
    """The condition of an example; a case has none."""
    if image.role is Role.CASE or image.condition is None:
        return t("explore.new_case")
    return image.condition


def legend_of(images: Iterable[StoredImage], marks: Mapping[str, Mark]) -> dict[str, Mark]:
    """Names and marks of what these images are: the conditions in their order, then new cases."""
    by_name = {name_of(image): mark_of(image, marks) for image in images}
    return {name: by_name[name] for name in (*marks, t("explore.new_case")) if name in by_name}


def show_map(
    embedded: EmbeddingMap,
    images: Sequence[StoredImage],
    marks: Mapping[str, Mark],
    *,
    view: MapView,
) -> None:
    """Draw the images that stand on the map."""
    _map(
        key="embedding-map",
        data={
            "map": view.name,
            "points": [_point(image, embedded, marks) for image in images],
            "legend": [
                {"label": name, "colour": mark.colour, "marker": mark.marker}
                for name, mark in legend_of(images, marks).items()
            ],
            "inside": view.inside,
            "marked": state.view().selected,
            "labels": {name: t(f"explore.tools.{name}") for name in LABELS}
            | {"map": t("explore.alt", n=len(images))},
        },
        on_picked_change=Selection("embedding-map", None, view.take).take,
    )


def _point(
    image: StoredImage, embedded: EmbeddingMap, marks: Mapping[str, Mark]
) -> dict[str, object]:
    x, y = embedded.places[image.id]
    mark = mark_of(image, marks)
    label = f"{image.alias} · {name_of(image)}"
    return {"id": image.id, "x": x, "y": y, "label": label} | {
        "colour": mark.colour,
        "marker": mark.marker,
    }
