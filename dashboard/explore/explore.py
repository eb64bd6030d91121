"""Explore: where examples and new cases lie, and which resemble which."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.engine import store
from dashboard.explore.embedding_space import show_space
from dashboard.explore.map_table import offer_csv
from dashboard.i18n import t
from dashboard.shared.adaptation_choice import adaptation_or_stop
from dashboard.shared.condition_marks import Mark, marks_of
from dashboard.shared.error_messages import show_errors
from dashboard.shared.image_dialog import open_image
from dashboard.shared.interrupted_work import show_interrupted_work
from dashboard.shared.job_result import show_job_result
from dashboard.shared.selection import Selection
from dashboard.shared.similar_examples import show_similar
from dashboard.shared.workspace_gate import open_workspace_or_stop
from dashboard.web.embedding_map import MapView, mark_of, name_of, show_map
from dashboard.web.picture_list import Line, PictureList, show_pictures
from medmeta_core.casework import EmbeddingMap, cases_of, map_job, start_map
from medmeta_core.explanation import installed_projections
from medmeta_core.workspace import AdaptationRecord, Role, StoredImage, Workspace


def draw() -> None:
    """The page."""
    workspace = open_workspace_or_stop()
    st.title(t("explore.title"), anchor=False)
    st.markdown(t("explore.lead"))
    show_interrupted_work(workspace, goes_on=("map",))
    record = adaptation_or_stop(workspace)
    kinds = installed_projections()
    kind = st.segmented_control(
        t("explore.kind"),
        list(kinds),
        default=state.view().projection,
        required=True,
        format_func=lambda kind: t(f"explore.kinds.{kind}.title"),
        key="projection",
    )
    state.change_view(projection=kind)
    st.caption(t(f"explore.kinds.{kind}.caption"))
    if "umap" not in kinds:
        st.caption(t("explore.without_umap"))
    map_kind, cases = state.view().projection, cases_of(store(), workspace.id)
    job = map_job(store(), record, kind=map_kind, cases=cases)
    again = partial(start_map, store(), record, kind=map_kind, cases=cases)
    if show_job_result(job, again=again):
        if job.result.kind != state.view().projection:
            st.info(t("explore.too_alike"))
        _map_and_gallery(workspace, record, job.result)


@st.fragment
@show_errors()
def _map_and_gallery(
    workspace: Workspace, record: AdaptationRecord, embedded: EmbeddingMap
) -> None:
    images = {i.id: i for i in store().images(workspace.id) if i.id in embedded.places}
    marks = marks_of(workspace.id, further=record.labels)
    view = MapView(f"{record.id}-{embedded.kind}")
    inside = [images[image_id] for image_id in view.inside if image_id in images]
    chosen = inside or list(images.values())
    marked = [image_id for image_id in state.view().selected if image_id in images]
    left, right = st.columns([3, 2], gap="large")
    with right:
        st.caption(t("explore.inside" if inside else "explore.all", n=len(chosen)))
        with st.container(height=440, border=False, key="explore-images"):
            _pictures(chosen, marks)
        with st.container(horizontal=True, key="explore-acts"):
            offer_csv(workspace, embedded, chosen)
            _offer_marking([images[image_id] for image_id in marked] or inside)
    with left:
        if embedded.n_axes == 3:
            show_space(embedded, list(images.values()), marks)
        else:
            show_map(embedded, list(images.values()), marks, view=view)
    if marked:
        st.subheader(t("explore.similar", alias=images[marked[-1]].alias), anchor=False)
        labels = dict(zip(record.image_ids, record.labels, strict=True))
        show_similar(embedded.neighbours[marked[-1]], labels, marks)


def _offer_marking(images: list[StoredImage]) -> None:
    """To look is not to mark: what is picked here is marked on Examples only if asked for."""
    ids = [image.id for image in images if image.role is Role.EXAMPLE]
    label = t("explore.mark_on_examples", n=len(ids))
    if ids and st.button(label, key="mark-on-examples"):
        state.mark_elsewhere("examples", ids)
        st.switch_page("examples/examples.py")


def _pictures(images: list[StoredImage], marks: Mapping[str, Mark]) -> None:
    opened = show_pictures(
        images,
        {image.id: [_line(image, marks)] for image in images},
        form=PictureList("grid", many=True),
        selection=Selection("explore-pictures", state.view().selected, state.select),
    )
    if opened is not None:
        open_image(opened)


def _line(image: StoredImage, marks: Mapping[str, Mark]) -> Line:
    mark = mark_of(image, marks)
    return Line(name_of(image), mark.symbol, mark.colour)


draw()
