"""What to mend before adapting, as the Examples page shows it: with a way to the images."""

from collections.abc import Sequence

import streamlit as st

from dashboard import state
from dashboard.i18n import Markup, t, text_or
from medmeta_core.casework import NOTE, Hint


def show_hints(hints: Sequence[Hint]) -> None:
    """Draw the hints, each with a button that marks its images in the gallery."""
    remarks = [hint for hint in hints if hint.kind.startswith(NOTE)]
    for hint in hints:
        if hint not in remarks:
            _show(hint)
    if remarks:
        label = t("examples.remarks", n=len(remarks))
        with st.expander(label, icon=":material/visibility:", key="remarks"):
            for hint in remarks:
                _show(hint)


def _show(hint: Hint) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"hint-{hint.kind}"):
        icon = Markup(":orange[:material/error:]" if hint.blocks else ":gray[:material/lightbulb:]")
        st.markdown(Markup("{} {}").format(icon, _text(hint)), width="stretch")
        label = Markup(":primary[{}]").format(t("examples.mark_them", n=len(hint.image_ids)))
        if hint.image_ids and st.button(label, key=f"mark-{hint.kind}", type="tertiary"):
            state.select(hint.image_ids)
            st.rerun()


def _text(hint: Hint) -> Markup:
    if hint.kind.startswith(NOTE):
        code = hint.kind.removeprefix(NOTE)
        return t("examples.hints.note", note=text_or(f"notes.{code}", code), **hint.values)
    return t(f"examples.hints.{hint.kind}", **hint.values)
