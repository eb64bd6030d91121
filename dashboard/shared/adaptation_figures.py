"""What is known of an adaptation: accuracy, confusion and recall of its left-out examples."""

from collections.abc import Mapping

import streamlit as st

from dashboard.i18n import Markup, plain, t, text_or
from dashboard.shared.backbone_choice import backbone_name
from dashboard.shared.condition_marks import Mark
from dashboard.shared.selected_cell import SelectedCell, open_cell
from dashboard.shared.selection import Selection
from dashboard.shared.why_chosen import show_why_chosen
from dashboard.web.confusion import show_confusion
from medmeta_core.casework import cross_validation_of, figures_of
from medmeta_core.episodes import identify_patients
from medmeta_core.workspace import AdaptationRecord


def method_title(record: AdaptationRecord) -> str:
    """The name of an adaptation's method."""
    return method_name(record.method)


def method_name(key: str) -> str:
    """The name of a method; its key where it has none here."""
    return text_or(f"adapt.methods.{key}.title", key)


def backbone_title(record: AdaptationRecord) -> str:
    """The name of an adaptation's backbone."""
    return backbone_name(record.backbone)


def show_figures(record: AdaptationRecord, marks: Mapping[str, Mark], opened: SelectedCell) -> None:
    """Draw the figures of one adaptation and how they were found."""
    left_out = cross_validation_of(record)
    st.subheader(plain(method_title(record)), anchor=False)
    st.caption(cross_validation_sentence(record))
    show_why_chosen(record)
    if identify_patients(record.labels, figures_of(record).patients).n_without:
        st.caption(Markup(":material/info: {}").format(t("adapt.left_out.no_patient")))
    if left_out.by_patient and not left_out.knows_all_patients:
        n, n_known = len(left_out.labels), left_out.n_with_patient
        st.caption(t("adapt.left_out.patients_known", n=n, known=n_known))
    show_confusion(
        left_out,
        marks,
        selection=Selection(
            widget_key=f"confusion-{record.id}",
            value=opened.key if opened.adaptation_id == record.id else "",
            on_change=lambda key: open_cell(SelectedCell(record.id, key)),
        ),
    )
    n_missed = len(record.image_ids) - left_out.n_evaluated
    if left_out.n_evaluated and n_missed:
        st.caption(t("adapt.left_out.missed", n=n_missed))


def cross_validation_sentence(record: AdaptationRecord) -> Markup:
    """How many examples could be left out, and how they were classified then."""
    left_out = cross_validation_of(record)
    values = {"backbone": backbone_title(record), "seconds": f"{record.seconds:.1f}"}
    n, n_evaluated = len(record.image_ids), left_out.n_evaluated
    if not n_evaluated:
        return t("adapt.left_out.none", n=n, **values)
    sentences = [] if n_evaluated == n else [t("adapt.left_out.judged", n=n, judged=n_evaluated)]
    way = "leave_one_out" if left_out.is_leave_one_out else "folds"
    way += ".by_patient" if left_out.by_patient else ".by_example"
    sentence = t(f"adapt.left_out.{way}", n=n_evaluated, n_folds=left_out.n_folds, **values)
    return Markup(" ").join([*sentences, sentence])
