"""Adapt: choose a method, adapt to the examples, see how reliable it is."""

from typing import Literal

import streamlit as st

from dashboard import state
from dashboard.adapt.adapting_panel import show_adapting
from dashboard.adapt.comparison import show_comparison
from dashboard.engine import store
from dashboard.i18n import t
from dashboard.shared.adaptation_figures import show_figures
from dashboard.shared.condition_marks import marks_of
from dashboard.shared.error_messages import show_errors
from dashboard.shared.interrupted_work import show_interrupted_work
from dashboard.shared.selected_cell import opened_number, show_images_of
from dashboard.shared.toolbar import show_toolbar
from dashboard.shared.workspace_gate import open_workspace_or_stop
from medmeta_core.casework import adapting_job, is_current, records_side_by_side, usable_examples
from medmeta_core.workspace import AdaptationRecord, Role, Workspace


def draw() -> None:
    """The page."""
    workspace = open_workspace_or_stop()
    examples = usable_examples(store(), workspace.id)
    job = adapting_job(workspace.id)
    was_running = job is not None and job.state == "running"
    records = records_side_by_side(store().adaptations(workspace.id))
    _head(has_records=bool(records), is_ready=bool(records) and is_current(records[0], examples))
    show_interrupted_work(workspace)
    if len({image.condition for image in examples}) < 2:
        _ask_for_examples()
        return
    show_adapting(workspace, records, examples)
    if job is not None and was_running and job.state != "running":
        st.rerun()  # it ended after the records were read
    if records:
        _figures(workspace, records)


def _head(*, has_records: bool, is_ready: bool) -> None:
    kind: Literal["primary", "secondary"] = "primary" if is_ready else "secondary"
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        st.title(t("adapt.title"), anchor=False, width="content")
        if has_records and st.button(t("adapt.next"), key="next-classify", type=kind):
            st.switch_page("classify/classify.py")
    st.markdown(t("adapt.lead"))


def _ask_for_examples() -> None:
    st.info(t("adapt.two_conditions"))
    if st.button(t("adapt.to_examples"), key="go-to-examples", type="primary"):
        st.switch_page("examples/examples.py")


@st.fragment
@show_errors()
def _figures(workspace: Workspace, records: list[AdaptationRecord]) -> None:
    opened = opened_number(records)
    marks = marks_of(workspace.id, further=records[0].labels)
    first, second = st.columns(2, gap="large")
    with first:
        show_figures(records[0], marks, opened)
    place_of_images = second
    if len(records) == 2:
        with second:
            show_figures(records[1], marks, opened)
        show_comparison(*records)
        place_of_images = st.container()
    images = store().images(workspace.id, role=Role.EXAMPLE)
    with place_of_images:
        show_toolbar(workspace, images, [i for i in images if i.id in state.view().selected])
        show_images_of(opened, records, images={i.id: i for i in images}, marks=marks)


draw()
