"""Pictures of the examples most similar to an image, with their condition and cosine."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import raw_text
from dashboard.shared.condition_marks import Mark
from dashboard.shared.image_dialog import open_image
from dashboard.shared.selection import Selection
from dashboard.web.picture_list import Line, PictureList, show_pictures
from medmeta_core.casework import Neighbour, existing_images

LOOKED_AT = "similar-looked-at"
"""Session state: the example that was just clicked."""


def show_similar(
    neighbours: Sequence[Neighbour],
    labels: Mapping[str, str],
    marks: Mapping[str, Mark],
) -> None:
    """Draw the examples, nearest first; `labels` names the condition of each id."""
    lines = {}
    for neighbour in neighbours:
        name = labels[neighbour.image_id]
        lines[neighbour.image_id] = [
            Line(name, marks[name].symbol, marks[name].colour),
            Line(raw_text("classify.similarity", cosine=f"{neighbour.similarity:.2f}"), faint=True),
        ]
    images = existing_images(store(), lines)
    selection = Selection("similar", (), _look_at)
    show_pictures(list(images.values()), lines, form=PictureList("strip"), selection=selection)
    looked_at = st.session_state.pop(LOOKED_AT, None)
    if looked_at in images:
        open_image(images[looked_at])


def _look_at(ids: Sequence[str]) -> None:
    st.session_state[LOOKED_AT] = ids[0]
