"""The one action of the page Adapt: what to adapt, the button, how far it is."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from dashboard.adapt.adding_backbone import show_adding_backbone
from dashboard.adapt.method_choice import choose_method
from dashboard.engine import store
from dashboard.i18n import t
from dashboard.shared.backbone_choice import backbone_name
from dashboard.shared.job_result import show_job_result
from dashboard.shared.method_families import Offer
from dashboard.shared.progress import has_ended
from medmeta_core.casework import (
    Choice,
    adapting_job,
    is_current,
    slow_backbone_of,
    start_adapting,
)
from medmeta_core.embedding.files.mirroring import looks_at_mirrored
from medmeta_core.workspace import AdaptationRecord, StoredImage, Workspace


def show_adapting(
    workspace: Workspace, records: Sequence[AdaptationRecord], examples: Sequence[StoredImage]
) -> None:
    """Draw choice, button and progress; `records` are the adaptations on screen."""
    choices = choose_method(workspace)
    show_adding_backbone()
    job = adapting_job(workspace.id)
    is_running = job is not None and job.is_running
    is_settled = bool(records) and is_current(records[0], examples)
    if records and not is_running and not is_settled:
        st.warning(t("adapt.changed"))
    label = t("adapt.again" if records else "adapt.start")
    kind: Literal["primary", "secondary"] = "secondary" if is_settled else "primary"
    if st.button(label, key="adapt", type=kind, disabled=is_running):
        job = start_adapting(store(), workspace.id, choices)
        if has_ended(job):
            st.rerun()
    if job is not None:
        show_job_result(job)
    if records and not is_running:
        _warn_of_mirrored(workspace, records[0])
        _offer_quicker(workspace, records[0])


def _warn_of_mirrored(workspace: Workspace, record: AdaptationRecord) -> None:
    if Offer.of(workspace).left_right_matters and looks_at_mirrored(record.backbone):
        st.warning(t("adapt.left_right.in_use"))


def _offer_quicker(workspace: Workspace, record: AdaptationRecord) -> None:
    slow = slow_backbone_of(record)
    if slow is None or slow.quicker not in Offer.of(workspace).backbones(record.method):
        return
    names = {"name": backbone_name(record.backbone), "quicker": backbone_name(slow.quicker)}
    st.info(t("adapt.slow.text", seconds=f"{slow.seconds:.2f}", **names))
    if st.button(t("adapt.slow.change", quicker=names["quicker"]), key="adapt-quicker"):
        start_adapting(store(), workspace.id, [Choice(record.method, slow.quicker)])
        st.rerun()
