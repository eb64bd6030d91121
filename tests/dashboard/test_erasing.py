"""Erasing for good on the pages: what was marked, a case, what was removed, a lost database."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from taught import home_of, lose
from workspace.sessions import adaptation_record, heat_map, prediction

from dashboard.page_names import PAGES
from dashboard.state import View
from medmeta_core.imaging import read_image
from medmeta_core.workspace import NewImage, ResultRecord, Role, Store, StoredImage, Workspace

OpenPage = Callable[..., AppTest]


@pytest.fixture
def workspace(here: Store) -> Workspace:
    return here.create_workspace("Rare eyes")


@pytest.fixture
def examples(here: Store, workspace: Workspace, picture: Callable[..., bytes]) -> list[StoredImage]:
    new = [
        NewImage(read_image(picture(i)), f"{i}.png", Role.EXAMPLE, "ab"[i % 2]) for i in range(6)
    ]
    return here.add_images(workspace.id, new)


@pytest.fixture
def case(
    here: Store,
    workspace: Workspace,
    examples: list[StoredImage],
    picture: Callable[..., bytes],
) -> StoredImage:
    """A case that was classified."""
    [case] = here.add_images(
        workspace.id, [NewImage(read_image(picture(9)), "case.png", Role.CASE)]
    )
    adaptation = here.save_adaptation(workspace.id, adaptation_record(examples))
    content = prediction(adaptation)
    here.save_result(workspace.id, ResultRecord(case.id, adaptation.id, content, heat_map(), 0.1))
    return case


def mark(page: AppTest, images: Sequence[StoredImage]) -> None:
    ids = tuple(image.id for image in images)
    page.session_state["view"] = View(selected=ids, selection_version=1)
    page.run()


def captions(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption)


def test_marked_examples_are_erased(
    here: Store, open_page: OpenPage, workspace: Workspace, examples: list[StoredImage]
) -> None:
    page = open_page("examples", w=workspace.id)
    mark(page, examples[:2])
    page.button(key="erase").click().run()
    assert not page.exception
    assert here.images(workspace.id) == examples[2:]
    assert not any(here.blobs.holds(image.blob) for image in examples[:2])


def test_the_history_says_what_can_no_longer_be_undone(
    here: Store, open_page: OpenPage, workspace: Workspace, examples: list[StoredImage]
) -> None:
    here.relabel(workspace.id, [examples[0].id], "other")
    here.erase(workspace.id, [examples[0].id])
    page = open_page("examples", w=workspace.id)
    texts = [text.value for text in page.markdown]
    assert "E1: erased for good, can no longer be undone" in texts
    assert "Added E1, E2, E3, E4, E5, E6 (E1 erased for good)" in texts
    page.button(key="undo").click().run()
    assert here.images(workspace.id) == []
    assert page.button(key="undo").disabled


def test_what_was_removed_can_be_erased_from_the_history(
    here: Store, open_page: OpenPage, workspace: Workspace, examples: list[StoredImage]
) -> None:
    page = open_page("examples", w=workspace.id)
    assert "still stored" not in captions(page)
    here.remove(workspace.id, [image.id for image in examples[:2]])
    page = open_page("examples", w=workspace.id)
    assert "2 removed images are still stored" in captions(page)
    page.button(key="erase-removed").click().run()
    assert not page.exception
    assert "still stored" not in captions(page)
    assert not here.blobs.holds(examples[0].blob)


def test_a_case_is_erased(
    here: Store, open_page: OpenPage, workspace: Workspace, case: StoredImage
) -> None:
    page = open_page("classify", w=workspace.id, case=case.id)
    page.button(key="erase-case").click().run()
    assert not page.exception
    assert here.images(workspace.id, role=Role.CASE) == here.results(workspace.id) == []
    assert not here.blobs.holds(case.blob)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_trips_over_an_erased_example(
    here: Store,
    open_page: OpenPage,
    workspace: Workspace,
    examples: list[StoredImage],
    case: StoredImage,
    name: str,
) -> None:
    here.erase(workspace.id, [examples[0].id])
    page = open_page(name, w=workspace.id)
    assert not page.exception
    assert not any("incident" in error.value for error in page.error)


def test_pictures_of_a_lost_database_are_reported_and_erased_only_when_asked(
    here: Store, open_page: OpenPage, workspace: Workspace, examples: list[StoredImage]
) -> None:
    assert not open_page("start").warning
    here.blobs.write([b"one", b"two"])
    page = open_page("start")
    [warning] = page.warning
    assert "holds 2 pictures that belong to no workspace" in warning.value
    assert len(here.unclaimed()) == 2
    page.button(key="give-up").click().run()
    assert not page.warning
    assert here.unclaimed() == set()
    assert len(here.blobs.digests()) == 6


def lose_all(here: Store, workspace: Workspace, case: StoredImage) -> dict[str, Path]:
    """Notes of work on a workspace, of each kind, by kind."""
    [adaptation] = here.adaptations(workspace.id)
    order = {"title": "Jane", "operator": "Dr Roe", "language": "en", "case_ids": [case.id]}
    of_adaptation = {"adaptation_id": adaptation.id, "projection": "pca"}
    kinds = {
        "adapt": {"workspace_id": workspace.id, "choices": []},
        "intake": {"workspace_id": workspace.id, "n": 2},
        **dict.fromkeys(("classify", "map"), of_adaptation),
        "report": {**of_adaptation, "order": order},
    }
    return {
        kind: lose(home_of(here), f"{kind}-{workspace.id}", kind=kind, **again)
        for kind, again in kinds.items()
    }


def files_that_hold(home: Path, *words: str) -> list[Path]:
    return [
        path
        for path in home.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    ]


def test_what_was_requested_in_a_deleted_workspace_is_forgotten(
    here: Store, open_page: OpenPage, workspace: Workspace, case: StoredImage
) -> None:
    other = here.create_workspace("Another")
    note = lose(home_of(here), "other", kind="intake", workspace_id=other.id, n=1)
    lose_all(here, workspace, case)
    [adaptation] = here.adaptations(workspace.id)
    secrets = (workspace.id, adaptation.id, case.id, "Dr Roe")
    assert len(files_that_hold(home_of(here), *secrets)) > 5
    page = open_page("start")
    page.checkbox(key=f"sure-{workspace.id}").check().run()
    page.button(key=f"delete-{workspace.id}").click().run()
    assert not page.exception
    assert files_that_hold(home_of(here), *secrets) == []
    assert note.exists()


def test_the_notes_of_work_on_an_erased_case_are_forgotten(
    here: Store, open_page: OpenPage, workspace: Workspace, case: StoredImage
) -> None:
    notes = lose_all(here, workspace, case)
    page = open_page("classify", w=workspace.id, case=case.id)
    page.button(key="erase-case").click().run()
    assert not page.exception
    assert files_that_hold(home_of(here), case.id) == []
    assert not notes["report"].exists() and notes["adapt"].exists()


def test_notes_left_by_a_server_that_was_killed_while_it_deleted_go_with_the_next_visit(
    here: Store, open_page: OpenPage, workspace: Workspace, case: StoredImage
) -> None:
    notes = lose_all(here, workspace, case)
    here.delete_workspace(workspace.id)
    open_page("start")
    assert not any(note.exists() for note in notes.values())
