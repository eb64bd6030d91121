"""Whoever changes the database past MedMeta is found out, by line or by row."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from hashlib import sha256

import pytest
from sessions import fill
from store_on_disk import altering, home

from medmeta_core.workspace import Store, audit_log, read_session_file, write_session_file
from medmeta_core.workspace.columns import canonical_json


@pytest.fixture
def full(store, desk, examples, new_image):
    fill(store, desk, examples, new_image)
    assert store.verify(desk) == []
    return desk


def findings_of(store, desk):
    """The rules that are broken, after a restart."""
    store.close()
    again = Store.open(home(store))
    rules = [finding.rule for finding in again.verify(desk)]
    again.close()
    return rules


def with_line_changed(store):
    altering(store, "UPDATE audit SET kind = 'include' WHERE kind = 'relabel'")


def with_line_deleted(store):
    altering(store, "DELETE FROM audit WHERE kind = 'relabel'")


def with_last_lines_deleted(store):
    """And the workspace says that it ends there."""
    altering(store, "DELETE FROM audit WHERE kind IN ('verdict', 'refuse')")
    altering(
        store,
        "UPDATE workspaces SET audit_head = (SELECT digest FROM audit ORDER BY entry DESC LIMIT 1)",
    )


def with_last_act_undone(store):
    """The one line, and what it added."""
    altering(store, "DELETE FROM audit WHERE kind = 'refuse'")
    altering(store, "DELETE FROM refusals")
    altering(
        store,
        "UPDATE workspaces SET audit_head = (SELECT digest FROM audit ORDER BY entry DESC LIMIT 1)",
    )


def with_condition_changed(store):
    altering(store, "UPDATE images SET condition = 'other' WHERE alias = 'E3'")


def with_verdict_changed(store):
    altering(store, "UPDATE verdicts SET decision = 'accept' WHERE decision = 'unsure'")


def with_result_changed(store):
    altering(store, "UPDATE results SET prediction = replace(prediction, '0.75', '0.85')")


def with_lines_swapped(store):
    with closing(sqlite3.connect(home(store) / "medmeta.sqlite")) as connection:
        query = "SELECT entry FROM audit WHERE kind IN ('exclude', 'relabel') ORDER BY entry"
        [(first,), (second,)] = connection.execute(query).fetchall()
        for old, new in ((first, 9000), (second, first), (9000, second)):
            connection.execute("UPDATE audit SET entry = ? WHERE entry = ?", (new, old))
        connection.commit()


def with_log_made_anew(store):
    """Every line recomputed after one was changed, rows and head with it."""
    [workspace] = store.workspaces()
    altering(store, "UPDATE images SET condition = 'other' WHERE alias = 'E3'")
    with store.database.writing() as connection:
        lines, previous = audit_log.lines_of(connection, workspace.id), audit_log.FIRST
        rows = audit_log.logged_rows(lines)
        for line in lines:
            forged = audit_log.next_line(
                line.kind, line.detail, rows=line.rows, previous=previous, at=line.at
            )
            forged = replace(forged, entry=line.entry)
            connection.exec_driver_sql(
                "UPDATE audit SET salt = ?, detail_digest = ?, previous = ?, digest = ? "
                "WHERE entry = ?",
                (forged.salt, forged.detail_digest, previous, forged.digest, line.entry),
            )
            previous = forged.digest
        connection.exec_driver_sql("UPDATE workspaces SET audit_head = ?", (previous,))
    assert rows


@pytest.mark.parametrize(
    ("tamper", "rules"),
    [
        (with_line_changed, ["log-line"]),
        (with_line_deleted, ["log-line"]),
        (with_last_lines_deleted, ["log-head", "row-added"]),
        (with_last_act_undone, ["log-head"]),
        (with_condition_changed, ["row-altered"]),
        (with_verdict_changed, ["row-altered"]),
        (with_result_changed, ["row-altered"]),
        (with_lines_swapped, ["log-line"]),
        (with_log_made_anew, ["log-head", "row-altered"]),
    ],
)
def test_a_tampering_is_detected(store, full, tamper, rules):
    tamper(store)
    assert set(rules) <= set(findings_of(store, full))


@pytest.mark.parametrize(
    ("statement", "rule", "name"),
    [
        ("DELETE FROM images WHERE alias = 'E3'", "row-lost", "row "),
        ("DELETE FROM verdicts", "row-lost", "row "),
        ("UPDATE images SET blob = thumbnail WHERE alias = 'E2'", "row-altered", "image E2"),
        ("UPDATE images SET removed = 1 WHERE alias = 'E2'", "row-altered", "image E2"),
        ("UPDATE images SET patient = 'P1' WHERE alias = 'E3'", "row-altered", "image E3"),
        ("UPDATE adaptations SET seconds = 9", "row-altered", "adaptation "),
        ("UPDATE adaptations SET figures = '{}'", "row-altered", "adaptation "),
        ("UPDATE results SET heat_map = NULL", "row-altered", "result "),
        ("UPDATE verdicts SET comment = ''", "row-altered", "verdict "),
        ("UPDATE verdicts SET created = '2020-01-01T00:00:00.000000+00:00'", "row-altered", ""),
        (
            "INSERT INTO verdicts SELECT workspace_id, 999, 'x', image_id, adaptation_id, "
            "'accept', condition, comment, operator, created, NULL, NULL, NULL, NULL "
            "FROM verdicts LIMIT 1",
            "row-added",
            "verdict 999",
        ),
    ],
)
def test_a_row_changed_lost_or_added_is_named(store, full, statement, rule, name):
    altering(store, statement)
    [finding] = store.verify(full)
    assert finding.rule == rule
    assert finding.workspace_id == full
    assert name in finding.message


def test_a_log_whose_head_is_not_written_down_outside_is_reported(store, full):
    (home(store) / "log-heads" / full).unlink()
    assert findings_of(store, full) == ["log-head-missing"]


def test_an_older_database_put_in_place_of_the_newer_is_reported(store, full, examples):
    with closing(sqlite3.connect(home(store) / "medmeta.sqlite")) as connection:
        older = connection.serialize()
    store.relabel(full, [examples[0].id], "newer")
    store.close()
    (home(store) / "medmeta.sqlite").write_bytes(older)
    assert findings_of(store, full) == ["log-head"]


def test_a_workspace_that_the_database_lost_is_known(store, full):
    other = store.create_workspace("Other").id
    assert store.lost_workspaces() == set()
    store.close()
    (home(store) / "medmeta.sqlite").unlink()
    again = Store.open(home(store))
    assert again.lost_workspaces() == {full, other}
    again.give_up_lost()
    assert again.lost_workspaces() == again.unclaimed() == set()
    again.close()


def test_what_was_deleted_is_not_missed(store, full):
    store.delete_workspace(full)
    assert store.lost_workspaces() == set()
    assert list((home(store) / "log-heads").iterdir()) == []


def test_a_copy_by_session_file_is_vouched_for_like_the_original(store, full, other_store):
    store.erase(full, [store.images(full)[3].id])
    there = read_session_file(other_store, write_session_file(store, full))
    copy = read_session_file(other_store, write_session_file(store, full))
    assert other_store.verify(there.id) == other_store.verify(copy.id) == []
    altering(other_store, "UPDATE images SET condition = 'other' WHERE alias = 'E3'")
    assert [one.rule for one in other_store.verify(copy.id)] == ["row-altered"]


def test_no_digest_in_the_log_lets_anybody_guess_at_the_name_of_a_file(store, full, new_image):
    """A session file leaves names out, but it holds everything else that is in a row."""
    altering(store, "UPDATE images SET name = 'Doe_Jane.dcm'")
    assert store.verify(full) == []


def test_an_act_that_is_not_committed_leaves_the_log_as_whole_as_before(store, full, examples):
    with pytest.raises(ZeroDivisionError), store.transaction(full) as transaction:
        transaction.audit("x", {})
        store.finish(transaction)
        raise ZeroDivisionError
    assert store.verify(full) == []
    store.relabel(full, [examples[0].id], "newer")
    assert store.verify(full) == []


def old_line(line, previous):
    """The digest of a line as schema 1 wrote it."""
    moment = line.at.isoformat(timespec="microseconds")
    content = {"at": moment, "detail": line.detail, "kind": line.kind, "previous": previous}
    return sha256(canonical_json(content).encode()).hexdigest()


def test_a_log_of_schema_1_is_vouched_for_once_when_it_is_opened(store, full):
    with store.database.writing() as connection:
        previous = audit_log.FIRST
        for line in audit_log.lines_of(connection, full):
            digest = old_line(line, previous)
            connection.exec_driver_sql(
                "UPDATE audit SET rows = NULL, salt = NULL, detail_digest = NULL, "
                "previous = ?, digest = ? WHERE entry = ?",
                (previous, digest, line.entry),
            )
            previous = digest
        connection.exec_driver_sql("UPDATE workspaces SET audit_head = ?", (previous,))
    (home(store) / "log-heads" / full).unlink()
    n_lines = len(store.audit(full))
    assert findings_of(store, full) == []
    assert [line.kind for line in store.audit(full)[n_lines:]] == ["vouch"]
    altering(store, "UPDATE images SET condition = 'other' WHERE alias = 'E3'")
    assert findings_of(store, full) == ["row-altered"]
    assert len(store.audit(full)) == n_lines + 1
