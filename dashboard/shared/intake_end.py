"""What came out of an upload: how much of which condition, and the way back."""

from collections.abc import Sequence

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, t, text_of_error
from dashboard.shared.error_messages import show_errors
from medmeta_core.casework import Intake, IntakeCount
from medmeta_core.imaging import MAX_NAME_LENGTH
from medmeta_core.jobs import Job
from medmeta_core.workspace import Role

N_LETTERS_SHOWN = 60


def show_ends(intake: Intake, jobs: Sequence[Job]) -> None:
    """Say what the jobs of an upload brought, with a button that takes it back."""
    for job in jobs:
        if job.error is not None:
            st.error(text_of_error(job.error))
    if any(job.state == "stopped" for job in jobs):
        st.info(t("examples.add.stopped"))
    counts = [job.result for job in jobs if isinstance(job.result, IntakeCount)]
    if counts:
        _show_count(intake, sum(counts, IntakeCount()))


def _show_count(intake: Intake, count: IntakeCount) -> None:
    for folder, n in count.nameless.items():
        short_name = f"{folder[:N_LETTERS_SHOWN]}…" if len(folder) > N_LETTERS_SHOWN else folder
        facts = {"letters": len(folder), "most": MAX_NAME_LENGTH, "folder": short_name}
        st.warning(t("examples.add.nameless", n=n, **facts))
    if count.cleaned and intake.role is Role.EXAMPLE:
        quoted = [f"“{name}”" for name in sorted(count.cleaned, key=str.casefold)]
        names = str(t("classify.and")).join(quoted)
        st.info(t("examples.add.cleaned", names=names))
    existing_ids = {image.id for image in store().images(intake.workspace.id, role=intake.role)}
    ids = [image_id for image_id in count.image_ids if image_id in existing_ids]
    if count.image_ids and not ids:
        return  # taken back
    with st.container(horizontal=True, vertical_alignment="center", key="intake-end"):
        st.caption(
            _count_sentence(count, by_condition=intake.role is Role.EXAMPLE), width="content"
        )
        if ids:
            st.button(
                t("examples.add.undo"),
                key="undo-upload",
                type="tertiary",
                on_click=_take_back,
                args=(intake.workspace.id, ids),
            )


@show_errors()
def _take_back(workspace_id: str, ids: Sequence[str]) -> None:
    store().remove(workspace_id, ids)


def _count_sentence(count: IntakeCount, *, by_condition: bool) -> Markup:
    further = {
        "known": count.n_known,
        "conflicting": count.n_conflicting,
        "refused": count.n_refused,
        "patients": len(count.patients),
    }
    new = t("examples.add.new", n=count.n_new)
    if by_condition and count.n_new:
        new = Markup("{}: {}").format(new, _by_condition(count))
    others = (t(f"examples.add.{kind}", n=n) for kind, n in further.items() if n)
    return Markup(" · ").join([new, *others])


def _by_condition(count: IntakeCount) -> Markup:
    names = sorted((name for name in count.added if name is not None), key=str.casefold)
    parts = [t("examples.add.to", n=len(count.added[name]), condition=name) for name in names]
    nameless = count.added.get(None, ())
    if nameless:
        parts.append(t("examples.add.to_none", n=len(nameless)))
    return t("classify.and").join(parts)
