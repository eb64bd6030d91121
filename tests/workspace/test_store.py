"""The store as such: where it is, what it opens, and the workspaces in it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from store_on_disk import altering, home

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import AdaptationRecord, Store


def test_what_was_stored_exists_after_a_restart(store, desk, examples):
    again = Store.open(home(store))
    assert again.images(desk) == examples
    assert again.workspace(desk) == store.workspace(desk)
    again.close()


def test_a_store_is_for_its_owner_alone(store):
    assert (home(store) / "blobs").stat().st_mode & 0o077 == 0


def test_a_deleted_workspace_leaves_nothing_but_what_others_share(store, desk, new_image):
    other = store.create_workspace("Other").id
    [shared] = store.add_images(other, [new_image(1)])
    store.add_images(desk, [new_image(1), new_image(2)])
    record = AdaptationRecord("maml", "interim", {}, (), (), {}, 0.25)
    store.save_adaptation(desk, record)
    store.delete_workspace(desk)
    assert [path.name for path in (home(store) / "blobs").iterdir()] == [shared.blob]
    assert store.read_image(shared.id).height == 9
    assert [workspace.id for workspace in store.workspaces()] == [other]
    with pytest.raises(WorkspaceError) as caught:
        store.workspace(desk)
    assert caught.value.rule == "unknown-workspace"


def test_workspaces_are_named_and_keep_their_settings(store, desk):
    store.rename_workspace(desk, " Second name ")
    store.change_settings(desk, lambda _: {"method": "maml", "threshold": 0.5, "none": None})
    workspace = store.workspace(desk)
    assert workspace.name == "Second name"
    assert workspace.settings == {"method": "maml", "threshold": 0.5, "none": None}
    assert len(workspace.patient_key_secret) == 32
    assert "secret" not in repr(workspace)
    assert store.create_workspace("Demo", is_demo=True).is_demo


def test_of_settings_changed_at_once_none_is_lost(store, desk):
    def keep(k):
        store.change_settings(desk, lambda before: {**before, f"setting {k}": k})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, range(24)))
    assert store.workspace(desk).settings == {f"setting {k}": k for k in range(24)}


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 200])
def test_a_name_is_one_line_that_says_something(store, desk, name):
    with pytest.raises(WorkspaceError):
        store.rename_workspace(desk, name)
    with pytest.raises(WorkspaceError):
        store.create_workspace(name)


def test_a_store_of_another_schema_is_refused(store):
    altering(store, "UPDATE medmeta_schema SET version = 99")
    with pytest.raises(WorkspaceError, match="found 99") as caught:
        Store.open(home(store))
    assert caught.value.rule == "schema-version"


def test_a_file_that_is_no_database_is_reported(tmp_path):
    (tmp_path / "medmeta.sqlite").write_bytes(b"not a database, by any means" * 100)
    with pytest.raises(WorkspaceError) as caught:
        Store.open(tmp_path)
    assert caught.value.rule == "database-damaged"


@pytest.mark.parametrize("url", ["nonsense", "unknown-database://host/name"])
def test_an_address_that_is_not_understood_is_reported(tmp_path, url):
    with pytest.raises(WorkspaceError) as caught:
        Store.open(tmp_path, url)
    assert caught.value.rule == "database-url"


def test_the_store_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("MEDMETA_HOME", raising=False)
    Store.open().close()
    assert (tmp_path / "xdg" / "medmeta" / "medmeta.sqlite").is_file()
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "own"))
    Store.open().close()
    assert (tmp_path / "own" / "medmeta.sqlite").is_file()
