"""Use cases work on the store they are given: two of them stand side by side in one process."""

from pathlib import Path

from pictures import write_folder

from medmeta_core.casework import (
    Choice,
    Intake,
    add_items,
    answers_of,
    cases_of,
    start_adapting,
    start_classifying,
)
from medmeta_core.casework.adaptation_cache import MAX_ADAPTATIONS, AdaptationCache
from medmeta_core.casework.adapting import adaptation_of
from medmeta_core.imaging import read_folder
from medmeta_core.methods import METHODS
from medmeta_core.workspace import AdaptationRecord, Role, Store

PATIENCE_SECONDS = 120
QUICK = Choice("prototypical", METHODS["prototypical"].backbone)


def adapted(store: Store, examples: Path, cases: Path) -> AdaptationRecord:
    """An adaptation to a folder in a workspace of its own, with the cases classified."""
    workspace = store.create_workspace("Rare eyes")
    for role, folder in ((Role.EXAMPLE, examples), (Role.CASE, cases)):
        add_items(store, Intake(workspace, role), read_folder(folder))
    assert start_adapting(store, workspace.id, [QUICK]).wait(PATIENCE_SECONDS)
    (record,) = store.adaptations(workspace.id)
    started = start_classifying(store, record, cases_of(store, workspace.id))
    assert started.wait(PATIENCE_SECONDS) and started.result == 2
    return record


def test_each_store_has_the_answers_of_its_own_examples(here: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "other")
    try:
        cases = write_folder(tmp_path / "cases", {"x": 2})
        first = adapted(here, write_folder(tmp_path / "a", {"flu": 3, "cold": 3}), cases)
        second = adapted(other, write_folder(tmp_path / "b", {"mole": 3, "naevus": 3}), cases)
        named = [
            {answer.prediction.conditions for answer in answers_of(store, record).values()}
            for store, record in ((here, first), (other, second))
        ]
        assert named == [{("cold", "flu")}, {("mole", "naevus")}]
        assert len(here.workspaces()) == len(other.workspaces()) == 1
    finally:
        other.close()


def test_the_adaptations_used_last_stay_in_memory(here: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", {"flu": 3, "cold": 3})
    adaptation = adaptation_of(here, adapted(here, folder, write_folder(tmp_path / "c", {"x": 2})))
    cache = AdaptationCache()
    for number in range(MAX_ADAPTATIONS):
        cache.put(str(number), adaptation)
    assert cache.get("0") is not None  # now used last
    cache.put("one more", adaptation)
    assert cache.get("1") is None and cache.get("0") is not None
    cache.clear()
    assert cache.get("one more") is None
