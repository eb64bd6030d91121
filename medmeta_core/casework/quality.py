"""What to mend before adapting: each hint names its images, so that they can be looked at."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import streamlit as st

from dashboard import state
from dashboard.i18n import Markup, t, text_or
from medmeta_core.casework import example_remarks, pictures_of
from medmeta_core.workspace import StoredImage

NOTE = "note-"
FEW = 3
UNBALANCED = 4
"""From this ratio of the largest to the smallest condition on, a hint is given."""


@dataclass(frozen=True)
class Hint:
    """A remark on the examples.

    Attributes:
        kind: its text is "examples.hints.<kind>".
        image_ids: what it is about; empty where it is about none in particular.
        blocks: whether nothing can be adapted before it is mended.
    """

    kind: str
    values: dict[str, object] = field(default_factory=dict)
    image_ids: tuple[str, ...] = ()
    blocks: bool = False


def hints_for(images: Sequence[StoredImage]) -> list[Hint]:
    """What stands in the way first, then what would make the result better."""
    used = [image for image in images if not image.excluded]
    hints = [
        *_missing(used),
        *_all_the_same(used),
        *_scarce(used),
        *_of_the_core(used),
        *_notes(used),
    ]
    return sorted(hints, key=lambda hint: not hint.blocks)


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


def _missing(used: Sequence[StoredImage]) -> Iterator[Hint]:
    nameless = tuple(image.id for image in used if image.condition is None)
    if nameless:
        yield Hint("no_condition", {"n": len(nameless)}, nameless, blocks=True)
    n_conditions = len({image.condition for image in used} - {None})
    if used and n_conditions < 2:
        yield Hint("one_condition", {"n": n_conditions}, blocks=True)


def _scarce(used: Sequence[StoredImage]) -> Iterator[Hint]:
    counts = Counter(image.condition for image in used if image.condition is not None)
    if len(counts) < 2:
        return
    few = [name for name, n in counts.items() if n < FEW]
    if few:
        yield Hint("few", {"names": ", ".join(few)}, _of(used, few))
    (most, n_most), (least, n_least) = counts.most_common()[0], counts.most_common()[-1]
    if n_most >= UNBALANCED * n_least:
        values = {"n_most": n_most, "n_least": n_least}
        yield Hint("unbalanced", {"most": most, "least": least, **values})


def _of_the_core(used: Sequence[StoredImage]) -> Iterator[Hint]:
    """One patient id for all, one picture twice: what the core remarks on any examples."""
    labelled = [image for image in used if image.condition is not None]
    for remark in example_remarks(labelled):
        ids = tuple(labelled[i].id for i in remark.positions)
        yield Hint(remark.rule.replace("-", "_"), {"n": len(ids)}, ids)


def _all_the_same(used: Sequence[StoredImage]) -> Iterator[Hint]:
    if len(used) > 1 and len(set(pictures_of(used))) == 1:
        yield Hint("all_the_same", {"n": len(used)}, blocks=True)


def _notes(used: Sequence[StoredImage]) -> Iterator[Hint]:
    by_note = defaultdict(list)
    for image in used:
        for note in image.notes:
            by_note[note].append(image.id)
    for note, ids in by_note.items():
        yield Hint(f"{NOTE}{note}", {"n": len(ids)}, tuple(ids))


def _of(images: Sequence[StoredImage], conditions: Sequence[str]) -> tuple[str, ...]:
    return tuple(image.id for image in images if image.condition in conditions)
