"""The number on the page Adapt whose images are open, and these images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import state
from dashboard.i18n import Markup, raw_text, t
from dashboard.shared.condition_marks import Mark
from dashboard.shared.image_dialog import open_image
from dashboard.shared.number_formats import probability
from dashboard.shared.selection import Selection
from dashboard.web.confusion import WRONG, cell_caption, positions_of
from dashboard.web.picture_list import Line, PictureList, show_pictures
from medmeta_core.casework import COMPARED, compare, cross_validation_of
from medmeta_core.trust import NOT_EVALUATED
from medmeta_core.workspace import AdaptationRecord, StoredImage

OPENED = "adapt-opened"
"""Where in the session state the number stands."""


@dataclass(frozen=True)
class SelectedCell:
    """A number of an adaptation's confusion, or of its comparison with the second one."""

    adaptation_id: str
    key: str


def open_cell(number: SelectedCell) -> None:
    """Show the images of this number from now on; marks of other images are let go."""
    st.session_state[OPENED] = number
    state.select(())


def opened_number(records: Sequence[AdaptationRecord]) -> SelectedCell:
    """The number whose images are open; at first what the first adaptation classified otherwise."""
    opened = st.session_state.get(OPENED)
    if isinstance(opened, SelectedCell) and opened.adaptation_id in [
        record.id for record in records
    ]:
        return opened
    return SelectedCell(records[0].id, WRONG)


def show_images_of(
    number: SelectedCell,
    records: Sequence[AdaptationRecord],
    *,
    images: Mapping[str, StoredImage],
    marks: Mapping[str, Mark],
) -> None:
    """Draw the images that a number counts, with their label and what was said of them."""
    ids = [image_id for image_id in _ids_of(number, records) if image_id in images]
    counted = t("adapt.n_images", n=len(ids))
    st.markdown(Markup("**{}** · {}").format(_caption(number, records), counted))
    if not ids:
        return
    opened = show_pictures(
        [images[image_id] for image_id in ids],
        {image_id: _lines(image_id, records, marks) for image_id in ids},
        form=PictureList("grid", many=True),
        selection=Selection("adapt-images", state.view().selected, state.select),
    )
    if opened is not None:
        open_image(opened)


def _ids_of(number: SelectedCell, records: Sequence[AdaptationRecord]) -> tuple[str, ...]:
    if number.key in COMPARED:
        return compare(*records).ids(number.key) if len(records) == 2 else ()
    record = next(record for record in records if record.id == number.adaptation_id)
    positions = positions_of(number.key, cross_validation_of(record))
    return tuple(record.image_ids[i] for i in positions)


def _caption(number: SelectedCell, records: Sequence[AdaptationRecord]) -> str:
    titles = {record.id: t(f"adapt.methods.{record.method}.title") for record in records}
    if number.key in COMPARED:
        first, second = (*titles.values(), "")[:2]
        return raw_text(f"adapt.compared.opened.{number.key}", first=first, second=second)
    record = next(record for record in records if record.id == number.adaptation_id)
    caption = cell_caption(number.key, cross_validation_of(record))
    if len(records) == 1:
        return caption
    return raw_text("adapt.of_method", method=titles[record.id], told=caption)


def _lines(
    image_id: str, records: Sequence[AdaptationRecord], marks: Mapping[str, Mark]
) -> list[Line]:
    lines = [_label(image_id, records[0], marks)]
    for record in records:
        left_out = cross_validation_of(record)
        i = record.image_ids.index(image_id)
        answer = int(left_out.predicted[i])
        if answer == NOT_EVALUATED:
            continue
        name = left_out.conditions[answer]
        who = t(f"adapt.methods.{record.method}.short") if len(records) > 1 else ""
        text = f"→ {who}{name} {probability(float(left_out.probabilities[i, answer]))}"
        lines.append(Line(text, marks[name].symbol, marks[name].colour))
    return lines


def _label(image_id: str, record: AdaptationRecord, marks: Mapping[str, Mark]) -> Line:
    name = record.labels[record.image_ids.index(image_id)]
    return Line(name, marks[name].symbol, marks[name].colour)
