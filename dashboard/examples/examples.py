"""Examples: bring a handful of images for each condition, look at them, put them in order."""

from collections.abc import Sequence

import streamlit as st

from dashboard.engine import store
from dashboard.examples.hints import show_hints
from dashboard.i18n import t
from dashboard.shared.adding import add_examples, follow_intake, show_refusals
from dashboard.shared.condition_marks import conditions_of, marks_of
from dashboard.shared.error_messages import show_errors
from dashboard.shared.image_dialog import open_image
from dashboard.shared.interrupted_work import show_interrupted_work
from dashboard.shared.toolbar import show_toolbar
from dashboard.shared.workspace_gate import open_workspace_or_stop
from dashboard.web.gallery import show_gallery, take_marks
from medmeta_core.casework import Intake, quality_hints
from medmeta_core.workspace import Role, StoredImage, Workspace


def draw() -> None:
    """The page."""
    workspace = open_workspace_or_stop()
    images = store().images(workspace.id, role=Role.EXAMPLE)
    hints = quality_hints(store(), images)
    _head(n_images=len(images), is_ready=bool(images) and not any(hint.blocks for hint in hints))
    show_interrupted_work(workspace)
    is_growing = follow_intake(Intake(workspace, Role.EXAMPLE))
    _add(workspace, images, is_empty=not images and not is_growing)
    show_refusals(workspace)
    show_hints(hints)
    if images or store().acts(workspace.id):
        _gallery(workspace)


def _add(workspace: Workspace, images: Sequence[StoredImage], *, is_empty: bool) -> None:
    """Drawn during an intake too: another tab's upload would be lost where no area takes it."""
    if not is_empty:
        with st.expander(t("examples.add.more"), icon=":material/add:", key="add-more"):
            add_examples(workspace, conditions_of(images))
    else:
        st.markdown(t("examples.empty"))
        add_examples(workspace, [])


def _head(*, n_images: int, is_ready: bool) -> None:
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        st.title(t("examples.title"), anchor=False, width="content")
        if n_images and st.button(
            t("examples.next"), key="next-adapt", type="primary", disabled=not is_ready
        ):
            st.switch_page("adapt/adapt.py")


@st.fragment
@show_errors()
def _gallery(workspace: Workspace) -> None:
    images = store().images(workspace.id, role=Role.EXAMPLE)
    show_toolbar(workspace, images, take_marks(images, key="gallery"))
    opened = show_gallery(images, marks_of(workspace.id), key="gallery")
    if opened is not None:
        open_image(opened)
    st.caption(t("gallery.keys"))


draw()
