"""One image, large, with what is known of it."""

import streamlit as st

from dashboard.i18n import Markup, plain, t, text_or
from dashboard.web.viewer import show_viewer
from medmeta_core.workspace import StoredImage


def open_image(image: StoredImage) -> None:
    """Open a dialog with the image."""
    st.dialog(plain(image.alias), width="medium")(_look)(image)


def _look(image: StoredImage) -> None:
    show_viewer(image, key="close-look")
    size = f"{image.width} × {image.height}"
    parts = [image.condition or t("gallery.no_condition"), image.modality, size]
    if image.patient:
        parts.append(image.patient)
    st.markdown(Markup(" · ").join(parts))
    st.text(image.name)
    for note in image.notes:
        st.caption(Markup(":material/info: {}").format(text_or(f"notes.{note}", note)))
