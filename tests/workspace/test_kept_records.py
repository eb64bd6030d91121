"""Adaptations, results, verdicts and refusals as the store keeps them."""

from dataclasses import replace

import numpy as np
import pytest
from store_on_disk import altering

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import AdaptationRecord, RefusalRecord, ResultRecord, VerdictRecord

ADAPTATION = AdaptationRecord("prototypical", "interim", {"k": 5}, (), (), {"accuracy": 0.5}, 0.25)


def test_adaptations_come_newest_last(store, desk, examples):
    record = replace(ADAPTATION, image_ids=(examples[0].id,), labels=("benign",))
    first = store.save_adaptation(desk, record)
    second = store.save_adaptation(desk, replace(record, method="maml"))
    assert store.adaptations(desk) == [first, second]
    assert store.adaptation(second.id) == second
    assert replace(first, id="", created=None) == record
    assert first.created.utcoffset() is not None


def test_a_later_result_takes_the_place_of_an_earlier_one(store, desk, examples):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    other = store.save_adaptation(desk, ADAPTATION)
    record = ResultRecord(examples[0].id, adaptation.id, {"p": [0.25, None]}, b"map", 0.1)
    store.save_result(desk, record)
    second = store.save_result(desk, replace(record, heat_map=None))
    third = store.save_result(desk, replace(record, adaptation_id=other.id))
    assert store.results(desk) == [second, third]
    assert store.results(desk, other.id) == [third]
    assert third.heat_map == b"map"


def test_an_altered_heat_map_is_reported_not_shown(store, desk, examples):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    store.save_result(desk, ResultRecord(examples[0].id, adaptation.id, {}, b"map", 0.1))
    altering(store, "UPDATE pictures SET content = x'00'")
    with pytest.raises(WorkspaceError) as caught:
        store.results(desk)
    assert caught.value.rule == "blob-altered"


def test_all_verdicts_are_kept_in_order(store, desk, examples):
    before = VerdictRecord(examples[0].id, None, "before-reveal", "benign")
    store.save_verdict(desk, before)
    adaptation = store.save_adaptation(desk, ADAPTATION)
    record = VerdictRecord(
        examples[0].id, adaptation.id, "changed", "malign", comment="see margin", operator="BK"
    )
    stored = store.save_verdict(desk, record)
    assert [verdict.decision for verdict in store.verdicts(desk)] == ["before-reveal", "changed"]
    assert store.verdicts(desk)[1] == stored


def test_the_condition_of_a_verdict_is_cleaned_as_that_of_an_image(store, desk, examples):
    stored = store.save_verdict(desk, VerdictRecord(examples[0].id, None, "changed", " SARS "))
    assert stored.condition == store.verdicts(desk)[0].condition == "SARS"
    with pytest.raises(WorkspaceError) as caught:
        store.save_verdict(desk, VerdictRecord(examples[0].id, None, "changed", "two\nlines"))
    assert caught.value.rule == "condition-name"


def test_what_is_said_of_a_removed_image_comes_back_with_it(store, desk, examples):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    store.save_result(desk, ResultRecord(examples[0].id, adaptation.id, {}, None, 0.1))
    store.save_verdict(desk, VerdictRecord(examples[0].id, adaptation.id, "accept"))
    store.remove(desk, [examples[0].id])
    assert (store.results(desk), store.verdicts(desk)) == ([], [])
    store.undo(desk)
    assert len(store.results(desk)) == len(store.verdicts(desk)) == 1


def test_refusals_are_kept_until_cleared(store, desk):
    store.add_refusals(desk, [RefusalRecord("scan.dcm", "pixels", "It has no pixels.")])
    store.add_refusals(desk, [RefusalRecord("b", "frames", "Too many frames.")])
    assert [refusal.rule for refusal in store.refusals(desk)] == ["pixels", "frames"]
    assert store.refusals(desk)[0].name == "scan.dcm"
    store.clear_refusals(desk)
    assert store.refusals(desk) == []


def test_what_is_not_there_is_reported(store, desk, examples, new_image):
    adaptation = store.save_adaptation(desk, ADAPTATION)
    other = store.create_workspace("Other").id
    elsewhere = store.add_images(other, [new_image(1)])[0].id
    for act in (
        lambda: store.relabel(desk, [elsewhere], "x"),
        lambda: store.read_image("unknown"),
        lambda: store.thumbnail("unknown"),
        lambda: store.adaptation("unknown"),
        lambda: store.rename_condition(desk, "unknown", "x"),
        lambda: store.save_result(other, ResultRecord(elsewhere, adaptation.id, {}, None, 0)),
        lambda: store.save_result(desk, ResultRecord(elsewhere, adaptation.id, {}, None, 0)),
        lambda: store.save_verdict(desk, VerdictRecord(examples[0].id, "unknown", "accept")),
        lambda: store.audit_head("unknown"),
        lambda: store.add_images("unknown", []),
    ):
        with pytest.raises(WorkspaceError) as caught:
            act()
        assert caught.value.rule.startswith("unknown-")


def test_what_is_not_plain_json_is_an_internal_error(store, desk):
    for figures in ({"accuracy": float("nan")}, {"pixels": np.zeros(1)}):
        with pytest.raises(ValueError, match="plain JSON"):
            store.save_adaptation(desk, replace(ADAPTATION, figures=figures))
    assert store.adaptations(desk) == []


def test_an_unknown_decision_is_an_internal_error(store, desk, examples):
    with pytest.raises(ValueError, match="decision"):
        store.save_verdict(desk, VerdictRecord(examples[0].id, None, "diagnosed"))
