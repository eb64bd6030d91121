"""The gallery: every image of a page at a glance, in groups, to be marked and acted upon."""

import functools
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.engine import store
from dashboard.i18n import raw_text, t, text_or
from dashboard.shared.condition_marks import Mark, conditions_of
from dashboard.web.component import web_component
from medmeta_core.workspace import StoredImage

N_THUMBNAILS_KEPT = 4096
NO_MARK = Mark("#999999", "○", "circle-open")

_gallery = web_component("gallery")


def take_marks(images: Sequence[StoredImage], *, key: str) -> list[StoredImage]:
    """The marked images, from the gallery that is drawn further down with the same key.

    Marks of this page alone: what is looked at on another one is not marked here.
    """
    event = st.session_state.get(key, {}).get("selected") or {}
    if event.get("version") == state.view().selection_version:
        state.change_view(selected=tuple(event["ids"]))
    selected = set(state.view().selected)
    return [image for image in images if image.id in selected]


def show_gallery(
    images: Sequence[StoredImage], marks: Mapping[str, Mark], *, key: str
) -> StoredImage | None:
    """Draw the images grouped by condition; the image that was opened just now."""
    marked = state.view()
    data = {
        "groups": _groups(images, marks),
        "selected": list(marked.selected),
        "version": marked.selection_version,
        "texts": {"all": t("gallery.select_all")},
    }
    answer = _gallery(
        key=key, data=data, on_selected_change=_nothing_more, on_opened_change=_nothing_more
    )
    return next((image for image in images if image.id == answer.get("opened")), None)


def thumbnail_uri(image: StoredImage) -> str:
    """The thumbnail as a data URI."""
    return _thumbnail_uri(image.id, image.blob)


@functools.lru_cache(maxsize=N_THUMBNAILS_KEPT)
def _thumbnail_uri(image_id: str, blob: str) -> str:  # noqa: ARG001 - the key is the content
    return "data:image/webp;base64," + b64encode(store().thumbnail(image_id)).decode()


def _nothing_more() -> None:
    """The rerun alone is the answer."""


def _groups(images: Sequence[StoredImage], marks: Mapping[str, Mark]) -> list[dict[str, Any]]:
    groups = []
    for name in [None, *conditions_of(images)]:
        mark = NO_MARK if name is None else marks[name]
        members = [image for image in images if image.condition == name]
        if members:
            groups.append(
                {
                    "label": name or t("gallery.no_condition"),
                    "colour": mark.colour,
                    "symbol": mark.symbol,
                    "count": t("gallery.count", n=sum(not image.excluded for image in members)),
                    "images": [_tile(image) for image in members],
                }
            )
    return groups


def _tile(image: StoredImage) -> dict[str, Any]:
    return {
        "id": image.id,
        "alias": image.alias,
        "src": thumbnail_uri(image),
        "excluded": image.excluded,
        "badges": _badges(image),
        "title": _title(image),
    }


def _badges(image: StoredImage) -> list[str]:
    badges = [image.patient] if image.patient else []
    if image.n_frames > 1:
        badges.append(t("gallery.frame_badge", frame=image.frame + 1, n_frames=image.n_frames))
    if image.excluded:
        badges.append("⊘")
    if image.notes:
        badges.append("⚠")
    return badges


def _title(image: StoredImage) -> str:
    lines = [f"{image.name}", f"{image.modality} · {image.width} × {image.height}"]
    if image.excluded:
        lines.append(raw_text("gallery.excluded_because", reason=image.exclusion_reason or "–"))
    lines += [text_or(f"notes.{note}", note) for note in image.notes]
    return "\n".join(lines)
