import json
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest
from store_on_disk import altering, home

from medmeta_core.workspace import AdaptationRecord, RefusalRecord, ResultRecord, VerdictRecord


@pytest.fixture
def busy_desk(store, desk, examples):
    """A workspace in which something of every kind was done."""
    store.relabel(desk, [examples[0].id], "normal")
    store.assign_patient(desk, [examples[0].id], "Roe^Jane")
    store.undo(desk)
    store.redo(desk)
    store.rename_workspace(desk, "Renamed")
    store.add_refusals(desk, [RefusalRecord("Doe_Jane.dcm", "no-pixels", "It has no pixels.")])
    adaptation = store.save_adaptation(desk, AdaptationRecord("maml", "b", {}, (), (), {}, 0.1))
    store.save_result(desk, ResultRecord(examples[0].id, adaptation.id, {}, None, 0.1))
    store.save_verdict(desk, VerdictRecord(examples[0].id, adaptation.id, "accept", operator="BK"))
    return desk


def digest(content):
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


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
        detail = digest({"detail": entry.detail, "salt": entry.salt})
        line = {
            "at": entry.at.isoformat(timespec="microseconds"),
            "detail_digest": detail,
            "kind": entry.kind,
            "previous": previous,
            "rows": entry.rows,
        }
        assert entry.previous == previous
        assert entry.detail_digest == detail
        assert entry.digest == digest(line)
        previous = entry.digest
    assert store.audit_head(busy_desk) == previous
    assert store.verify_audit(busy_desk)


def test_a_line_holds_the_digests_of_the_rows_it_is_about(store, desk, examples):
    store.relabel(desk, [examples[2].id], "normal")
    with closing(sqlite3.connect(home(store) / "medmeta.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM images WHERE alias = 'E3'").fetchone())
    del row["workspace_id"], row["name"]
    row |= {name: bool(row[name]) for name in ("excluded", "removed")}
    row["notes"] = json.loads(row["notes"])
    content = {name: value for name, value in row.items() if value is not None}
    assert store.audit(desk)[-1].rows == {str(row["entry"]): digest(["images", content])}


def test_the_log_names_no_file_and_no_patient(store, busy_desk):
    text = json.dumps([entry.detail for entry in store.audit(busy_desk)])
    assert not any(word in text for word in ("scan-", "Doe", "Roe", "key-"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET rows = '{}' WHERE kind = 'relabel'",
        "UPDATE audit SET detail = '{}', salt = NULL WHERE kind = 'relabel'",
        "UPDATE audit SET rows = NULL, salt = NULL, detail_digest = NULL",
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
def test_a_line_changed_moved_or_lost_is_detected(store, busy_desk, statement):
    altering(store, statement)
    assert not store.verify_audit(busy_desk)


def test_logs_of_workspaces_are_apart(store, busy_desk):
    other = store.create_workspace("Other").id
    assert [entry.kind for entry in store.audit(other)] == ["create"]
    assert store.verify_audit(other)
