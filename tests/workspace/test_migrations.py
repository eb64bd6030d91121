"""A store of an older version opens, brought to the present tables in one transaction."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import RefusalRecord, ShownAnswer, Store, VerdictRecord
from medmeta_core.workspace.tables import METADATA, SCHEMA_VERSION

OLD_STORE = Path(__file__).with_name("store_of_version_1.sql")
WORKSPACE, IMAGE, ADAPTATION = ("abc"[k] + "0" * 30 + "1" for k in range(3))


@pytest.fixture
def old_home(tmp_path):
    with closing(sqlite3.connect(tmp_path / "medmeta.sqlite")) as connection:
        connection.executescript(OLD_STORE.read_text(encoding="utf-8"))
    return tmp_path


def columns(home):
    """{table: [(name, type, not null, primary key)]} as SQLite tells them, in any order."""
    with closing(sqlite3.connect(home / "medmeta.sqlite")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
        return {
            name: sorted(
                row[1:4] + row[5:] for row in connection.execute(f"PRAGMA table_info({name})")
            )
            for name in names
        }


def version(home):
    with closing(sqlite3.connect(home / "medmeta.sqlite")) as connection:
        return connection.execute("SELECT version FROM medmeta_schema").fetchall()


def test_a_store_of_version_1_opens_with_all_its_verdicts(old_home):
    store = Store.open(old_home)
    [verdict] = store.verdicts(WORKSPACE)
    assert verdict == VerdictRecord(
        IMAGE,
        ADAPTATION,
        "accept",
        comment="clear",
        operator="Dr. Lin",
        answer=None,
        id="d" + "0" * 30 + "1",
        created=datetime(2024, 5, 1, 8, 3, tzinfo=UTC),
    )
    answer = ShownAnswer("named", "SARS", 0.4, {"min_probability": 0.3})
    store.save_verdict(WORKSPACE, VerdictRecord(IMAGE, ADAPTATION, "reject", answer=answer))
    assert [one.answer for one in store.verdicts(WORKSPACE)] == [None, answer]
    store.close()
    assert version(old_home) == [(SCHEMA_VERSION,)]


def test_a_store_of_version_2_opens_and_shows_its_refusals_as_they_were_worded(tmp_path):
    store = Store.open(tmp_path)
    desk = store.create_workspace("Old").id
    facts = {"found": 9, "limit": 5}
    store.add_refusals(desk, [RefusalRecord("a.dcm", "too-many-frames", "As told then.", facts)])
    store.close()
    with closing(sqlite3.connect(tmp_path / "medmeta.sqlite")) as connection:
        connection.execute("ALTER TABLE refusals DROP COLUMN facts")
        connection.execute("UPDATE medmeta_schema SET version = 2")
        connection.commit()
    store = Store.open(tmp_path)
    [refusal] = store.refusals(desk)
    assert refusal.facts is None
    assert {refusal.message_in(code) for code in ("en", "zh")} == {"As told then."}
    store.close()
    assert version(tmp_path) == [(SCHEMA_VERSION,)]


def test_a_migrated_store_has_the_tables_of_a_new_one(old_home, tmp_path_factory):
    new_home = tmp_path_factory.mktemp("new")
    for home in (old_home, new_home):
        Store.open(home).close()
    assert columns(old_home) == columns(new_home)


def test_a_migrated_store_is_migrated_once(old_home):
    for _ in range(2):
        store = Store.open(old_home)
        assert len(store.verdicts(WORKSPACE)) == 1
        store.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(old_home):
    with closing(sqlite3.connect(old_home / "medmeta.sqlite")) as connection:
        connection.execute("ALTER TABLE verdicts ADD COLUMN answer_thresholds JSON")  # the last
        connection.commit()
    before = columns(old_home)
    with pytest.raises(WorkspaceError) as caught:
        Store.open(old_home)
    assert caught.value.rule == "store-unavailable"
    assert (columns(old_home), version(old_home)) == (before, [(1,)])


@pytest.mark.parametrize("written", [0, 99])
def test_a_store_of_a_version_unknown_here_is_refused_and_left_alone(old_home, written):
    with closing(sqlite3.connect(old_home / "medmeta.sqlite")) as connection:
        connection.execute("UPDATE medmeta_schema SET version = ?", (written,))
        connection.commit()
    before = columns(old_home)
    with pytest.raises(WorkspaceError) as caught:
        Store.open(old_home)
    assert caught.value.rule == "schema-version"
    assert (columns(old_home), version(old_home)) == (before, [(written,)])


def test_every_added_column_can_be_made_in_postgresql():
    for name in ("outcome", "condition", "probability", "thresholds"):
        column = METADATA.tables["verdicts"].c[f"answer_{name}"]
        described = str(CreateColumn(column).compile(dialect=postgresql.dialect()))
        assert "NOT NULL" not in described  # rows that are there already have no value
