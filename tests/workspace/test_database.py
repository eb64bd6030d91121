from sessions import heat_map, prediction, save_adaptation
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from medmeta_core.workspace import (
    ResultRecord,
    VerdictRecord,
    read_session_file,
    write_session_file,
)
from medmeta_core.workspace.tables import METADATA

DIALECT = postgresql.dialect()


def test_every_table_can_be_made_in_postgresql():
    for table in METADATA.sorted_tables:
        text = str(CreateTable(table).compile(dialect=DIALECT))
        assert text.startswith(f"\nCREATE TABLE {table.name} (")
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=DIALECT))


def test_every_statement_of_a_day_is_one_that_postgresql_knows(store, desk, new_image):
    statements = []
    event.listen(
        store.database._engine,
        "before_execute",
        lambda connection, clause, *rest: statements.append(clause),
    )
    [image] = store.add_images(desk, [new_image(1, condition="a", patient_key="key")])
    store.relabel(desk, [image.id], "b")
    store.undo(desk)
    store.redo(desk)
    [other] = store.add_images(desk, [new_image(2, condition="b")])
    adaptation = save_adaptation(store, desk, [image, other])
    content = prediction(adaptation)
    store.save_result(desk, ResultRecord(image.id, adaptation.id, content, heat_map(), 1))
    store.save_verdict(desk, VerdictRecord(image.id, adaptation.id, "accept"))
    store.results(desk, adaptation.id)
    store.verdicts(desk)
    store.thumbnail(image.id)
    store.erase(desk, [other.id])
    store.verify(desk)
    store.unclaimed()
    store.lost_workspaces()
    store.delete_workspace(read_session_file(store, write_session_file(store, desk)).id)
    store.collect_garbage()
    texts = {str(statement.compile(dialect=DIALECT)) for statement in statements}
    assert len(texts) > 20
    assert any("FOR UPDATE" in text for text in texts)  # there, a row is locked in its place


def test_sqlite_syncs_every_commit_and_overwrites_what_is_deleted(store):
    with store.database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    full = 2
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": full,
        "secure_delete": 1,
        "foreign_keys": 1,
    }
