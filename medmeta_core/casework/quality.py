"""What to mend before adapting: each hint names its images, so that they can be looked at."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from medmeta_core.casework.identical_pictures import example_remarks, pictures_of
from medmeta_core.workspace import Store, StoredImage

NOTE = "note-"
FEW = 3
UNBALANCED = 4
"""From this ratio of the largest to the smallest condition on, a hint is given."""


@dataclass(frozen=True)
class Hint:
    """A remark on the examples.

    Attributes:
        kind: what it says, such as "few"; `NOTE` and a note for a note on the images.
        values: what a sentence about it needs, by name.
        image_ids: what it is about; empty where it is about none in particular.
        blocks: whether nothing can be adapted before it is mended.
    """

    kind: str
    values: dict[str, object] = field(default_factory=dict)
    image_ids: tuple[str, ...] = ()
    blocks: bool = False


def quality_hints(store: Store, images: Sequence[StoredImage]) -> list[Hint]:
    """What stands in the way first, then what would make the result better."""
    used = [image for image in images if not image.excluded]
    hints = [
        *_missing(used),
        *_all_the_same(store, used),
        *_scarce(used),
        *_of_the_core(store, used),
        *_notes(used),
    ]
    return sorted(hints, key=lambda hint: not hint.blocks)


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


def _of_the_core(store: Store, used: Sequence[StoredImage]) -> Iterator[Hint]:
    """One patient id for all, one picture twice, names alike: what the core remarks."""
    labelled = [image for image in used if image.condition is not None]
    for remark in example_remarks(store, labelled):
        ids = tuple(labelled[i].id for i in remark.positions)
        values = {"n": len(ids), "names": ", ".join(f"“{name}”" for name in remark.conditions)}
        yield Hint(remark.rule.replace("-", "_"), values, ids)


def _all_the_same(store: Store, used: Sequence[StoredImage]) -> Iterator[Hint]:
    if len(used) > 1 and len(set(pictures_of(store, used))) == 1:
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
