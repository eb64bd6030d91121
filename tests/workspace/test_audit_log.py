import json
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest

from medmeta_core.workspace import AdaptationRecord, RefusalRecord, ResultRecord, VerdictRecord


@pytest.fixture
def busy_desk(store, desk, examples):
    """A workspace in which something of every kind was done."""
    store.relabel(desk, [examples[0].id], "normal")
    store.assign_patient(desk, [examples[0].id], "Roe^Jane")
    store.undo(desk)
    store.redo(desk)
    store.rename_workspace(desk, "Renamed")
    store.add_refusals(desk, [RefusalRecord("Doe_Jane.dcm", "pixels", "It has no pixels.")])
    adaptation = store.save_adaptation(desk, AdaptationRecord("maml", "b", {}, (), (), {}, 0.1))
    store.save_result(desk, ResultRecord(examples[0].id, adaptation.id, {}, None, 0.1))
    store.save_verdict(desk, VerdictRecord(examples[0].id, adaptation.id, "accept", operator="BK"))
    return desk


def altering(store, statement):
    with closing(sqlite3.connect(store.blobs._folder.parent / "medmeta.sqlite")) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def test_the_log_tells_every_act_in_order(store, busy_desk):
    assert [entry.kind for entry in store.audit(busy_desk)] == [
        "create",
        "add",
        "relabel",
        "assign-patient",
        "undo",
        "redo",
        "rename",
        "refuse",
        "adapt",
        "classify",
        "verdict",
    ]


def test_each_line_holds_the_digest_of_the_line_before(store, busy_desk):
    previous = "0" * 64
    for entry in store.audit(busy_desk):
        line = {
            "at": entry.at.isoformat(timespec="microseconds"),
            "detail": entry.detail,
            "kind": entry.kind,
            "previous": previous,
        }
        text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert entry.previous == previous
        assert entry.digest == sha256(text.encode()).hexdigest()
        previous = entry.digest
    assert store.audit_head(busy_desk) == previous
    assert store.verify_audit(busy_desk)


def test_the_log_names_no_file_and_no_patient(store, busy_desk):
    told = json.dumps([entry.detail for entry in store.audit(busy_desk)])
    assert not any(word in told for word in ("scan-", "Doe", "Roe", "key-"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET kind = 'include' WHERE kind = 'relabel'",
        "UPDATE audit SET detail = '{}' WHERE kind = 'relabel'",
        "UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE kind = 'verdict'",
        "UPDATE audit SET digest = previous WHERE kind = 'relabel'",
        "DELETE FROM audit WHERE kind = 'relabel'",
        "DELETE FROM audit WHERE kind = 'create'",
        "DELETE FROM audit WHERE kind = 'verdict'",
        "DELETE FROM audit",
        "UPDATE audit SET entry = entry + 1000 WHERE kind = 'relabel'",
    ],
)
def test_a_line_changed_moved_or_lost_is_found(store, busy_desk, statement):
    altering(store, statement)
    assert not store.verify_audit(busy_desk)


def test_logs_of_workspaces_are_apart(store, busy_desk):
    other = store.create_workspace("Other").id
    assert [entry.kind for entry in store.audit(other)] == ["create"]
    assert store.verify_audit(other)
