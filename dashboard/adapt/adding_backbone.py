"""Another backbone: fetched from torchvision when the visitor asks, or imported from a file."""

import streamlit as st

from dashboard.i18n import Markup, t
from dashboard.shared.job_result import show_job_result
from dashboard.shared.progress import has_ended
from dashboard.shared.uploads import release_session_files, take_content
from medmeta_core.casework import adding_job, start_fetching, start_importing
from medmeta_core.embedding import PUBLISHED, ImportRequest, backbone_names
from medmeta_core.embedding.architectures import ARCHITECTURES
from medmeta_core.embedding.files.joint_weights import ARCHITECTURE as JOINT
from medmeta_core.jobs import Job

SIDES = (32, 512, 224)
"""Least, most, usual."""

BEGUN, SEEN = "adding-backbone", "backbone-added"
"""Where in the session state the jobs stand that this visitor began, and saw ended well."""


def show_adding_backbone() -> None:
    """Draw both ways and how far the last adding is; a new backbone can be chosen at once."""
    job = adding_job()
    is_running = job is not None and job.is_running
    with st.expander(t("adapt.more.title"), key="add-backbone"):
        st.markdown(Markup("**{}**").format(t("adapt.more.fetch")))
        begun = _fetching(is_running=is_running)
        st.markdown(Markup("**{}**").format(t("adapt.more.import")))
        begun = _importing(is_running=is_running) or begun
    if begun is not None:
        st.session_state[BEGUN] = begun.id
        if has_ended(begun):
            st.rerun()
    _tell(begun or job)


def _tell(job: Job | None) -> None:
    """How far what this visitor began is; beside the expander, so that it is always seen."""
    if job is None or st.session_state.get(BEGUN) != job.id:
        return
    if show_job_result(job):
        if st.session_state.get(SEEN) != job.id:  # the choice above may be from before it ended
            st.session_state[SEEN] = job.id
            st.rerun()
        st.success(t("adapt.more.here", name=job.result.name))


def _fetching(*, is_running: bool) -> Job | None:
    names = [name for name in PUBLISHED if name not in backbone_names()]
    if not names:
        st.caption(t("adapt.more.all_here"))
        return None
    name = st.selectbox(t("adapt.more.network"), names, key="fetch-name", width=420)
    offer = PUBLISHED[name]
    st.caption(t("adapt.more.fetch_lead", host=offer.host))
    size = f"{offer.megabytes:.0f}"
    parameters = f"{offer.parameters / 1e6:.1f}"
    facts = {
        "megabytes": size,
        "parameters": parameters,
        "url": Markup("`{}`").format(Markup(offer.url)),
    }
    st.caption(t("adapt.more.offer", **facts))
    st.caption(t("adapt.more.terms"))
    label = t("adapt.more.fetch_button", megabytes=size)
    if st.button(label, key="fetch-backbone", disabled=is_running):
        return start_fetching(name)
    return None


def _importing(*, is_running: bool) -> Job | None:
    st.caption(t("adapt.more.import_lead"))
    turn = st.session_state.setdefault("weights-turn", 0)
    with st.container(key="file-area-weights"):
        file = st.file_uploader(t("adapt.more.file"), key=f"weights-{turn}")
    left, middle, right = st.columns(3)
    name = left.text_input(
        t("adapt.more.name"), help=t("adapt.more.name_help"), max_chars=48, key="weights-name"
    )
    architecture = middle.selectbox(
        t("adapt.more.architecture"), [*ARCHITECTURES, JOINT], key="weights-architecture"
    )
    least, most, usual = SIDES
    side = right.number_input(t("adapt.more.side"), least, most, usual, step=16, key="weights-side")
    origin = st.text_input(t("adapt.more.origin"), max_chars=500, key="weights-origin")
    is_ready = file is not None and bool(name) and not is_running
    if not st.button(t("adapt.more.import_button"), key="import-backbone", disabled=not is_ready):
        return None
    if file is None:
        return None
    content = take_content(file)
    st.session_state["weights-turn"] = turn + 1  # an empty area next time
    release_session_files()
    return start_importing(content, ImportRequest(name, architecture, int(side), origin))
