"""What can be done with the marked examples; every act is in the store before the page says so."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import state
from dashboard.engine import store
from dashboard.i18n import Markup, t
from dashboard.shared.condition_marks import conditions_of
from dashboard.shared.erasing import ask_to_erase, ask_to_erase_removed
from medmeta_core.workspace import Edit, StoredImage, Workspace

REASONS = ("blurred", "wrong_region", "artefact", "uncertain")
N_ACTS_SHOWN = 30


def show_toolbar(
    workspace: Workspace, images: Sequence[StoredImage], marked: Sequence[StoredImage]
) -> None:
    """Undo, redo and history; and what the marked images allow."""
    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        if marked:
            _acts_on_marked(workspace, images, marked)
        else:
            with st.container(key="mark-hint"):
                st.caption(t("examples.mark_hint"))
            _rename(workspace, images)
        _history(workspace)


def _acts_on_marked(
    workspace: Workspace, images: Sequence[StoredImage], marked: Sequence[StoredImage]
) -> None:
    ids = [image.id for image in marked]
    marks = Markup("**{}**").format(t("examples.marked", n=len(ids)))
    st.markdown(marks, width="content")
    _relabel(workspace, images, ids)
    if any(not image.excluded for image in marked):
        _exclude(workspace, ids)
    is_any_excluded = any(image.excluded for image in marked)
    if is_any_excluded and st.button(t("examples.include"), key="include"):
        _then(lambda: store().include(workspace.id, ids))
    _patient(workspace, images, ids)
    if st.button(t("examples.remove"), key="remove"):
        _then(lambda: store().remove(workspace.id, ids))
    ask_to_erase(workspace, ids, key="erase")
    if st.button(t("examples.unmark"), key="unmark", type="tertiary"):
        _then(lambda: None)


def _relabel(workspace: Workspace, images: Sequence[StoredImage], ids: Sequence[str]) -> None:
    with st.popover(t("examples.relabel"), key="relabel-popover"):
        names = conditions_of(images)
        condition = _choice(t("examples.condition"), names, key="relabel-condition")
        if st.button(t("examples.apply"), key="relabel", type="primary", disabled=not condition):
            _then(lambda: store().relabel(workspace.id, ids, condition))


def _exclude(workspace: Workspace, ids: Sequence[str]) -> None:
    with st.popover(t("examples.exclude"), key="exclude-popover"):
        reasons = [t(f"examples.reasons.{reason}") for reason in REASONS]
        reason = _choice(t("examples.reason"), reasons, key="exclude-reason")
        if st.button(t("examples.exclude"), key="exclude", type="primary", disabled=not reason):
            _then(lambda: store().exclude(workspace.id, ids, reason or ""))


def _patient(workspace: Workspace, images: Sequence[StoredImage], ids: Sequence[str]) -> None:
    with st.popover(t("examples.patient"), key="patient-popover"):
        st.caption(t("examples.patient_help"))
        patients = list(dict.fromkeys(image.patient for image in images if image.patient))
        patient = _choice(t("examples.patient_name"), patients, key="patient-name")
        if st.button(t("examples.apply"), key="patient", type="primary"):
            _then(lambda: store().assign_patient(workspace.id, ids, patient))


def _rename(workspace: Workspace, images: Sequence[StoredImage]) -> None:
    names = conditions_of(images)
    if not names:
        return
    with st.popover(t("examples.rename"), key="rename-popover"):
        old = st.selectbox(t("examples.condition"), names, key="rename-old")
        new = st.text_input(t("examples.new_name"), key="rename-new")
        if st.button(t("examples.apply"), key="rename", type="primary", disabled=not new.strip()):
            _then(lambda: store().rename_condition(workspace.id, old, new))


def _history(workspace: Workspace) -> None:
    acts = store().acts(workspace.id)
    with st.container(horizontal=True, width="content", gap="small", key="history"):
        _undo_and_redo(workspace, acts)


def _undo_and_redo(workspace: Workspace, acts: Sequence[Edit]) -> None:
    done = [act for act in acts if not act.undone and not act.erased]
    undone = [act for act in acts if act.undone and not act.erased]
    if st.button(":material/undo:", key="undo", help=t("examples.undo"), disabled=not done):
        _then(lambda: store().undo(workspace.id))
    if st.button(":material/redo:", key="redo", help=t("examples.redo"), disabled=not undone):
        _then(lambda: store().redo(workspace.id))
    with st.popover(t("examples.history"), key="history-popover", disabled=not acts):
        for act in reversed(acts[-N_ACTS_SHOWN:]):
            text = act_text(act)
            st.markdown(Markup(":gray[~~{}~~]").format(text) if act.undone else text)
        ask_to_erase_removed(workspace)


def act_text(act: Edit) -> Markup:
    """One act in a line, such as "E3, E4 → benign"."""
    aliases = ", ".join(act.summary.get("aliases", ()))
    if act.erased:
        return Markup("{}: {}").format(aliases, t("erase.all"))
    values = {
        "condition": act.summary.get("condition") or t("gallery.no_condition"),
        "reason": act.summary.get("exclusion_reason", ""),
        "patient": act.summary.get("patient") or "–",
        "old": act.summary.get("old", ""),
        "new": act.summary.get("new", ""),
    }
    text = t(f"examples.acts.{act.kind}", images=aliases, **values)
    erased = ", ".join(act.summary.get("erased", ()))
    if not erased:
        return text
    return Markup("{} ({})").format(text, t("erase.some", images=erased))


def _choice(label: Markup, options: Sequence[str], *, key: str) -> str | None:
    return st.selectbox(
        label,
        options,
        index=None,
        accept_new_options=True,
        placeholder=t("examples.choose_or_type"),
        key=key,
    )


def _then(act: Callable[[], object]) -> None:
    """Do it, clear the marks, and redraw the page."""
    act()
    state.select(())
    st.rerun()
