import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from medmeta_core.casework import last_use
from medmeta_core.imaging import read_image
from medmeta_core.workspace import (
    NewImage,
    Role,
    Store,
    Workspace,
    read_session_file,
    write_session_file,
)

OpenPage = Callable[..., AppTest]
PATIENCE_SECONDS = 60


def with_examples(here: Store, picture: Callable[..., bytes]) -> Workspace:
    workspace = here.create_workspace("Rare eyes")
    images = [
        NewImage(read_image(picture(seed)), f"{seed}.png", Role.EXAMPLE, condition)
        for seed, condition in enumerate(["macular", "macular", "normal", "normal"])
    ]
    here.add_images(workspace.id, images)
    return workspace


def until_opened(page: AppTest) -> str:
    """The id of the workspace that is open once the background work has ended."""
    begun = time.monotonic()
    while "w" not in page.query_params and time.monotonic() - begun < PATIENCE_SECONDS:
        page.run()
    return str(page.query_params["w"])


def test_one_click_opens_a_demo_with_examples_and_cases(here: Store, open_page: OpenPage) -> None:
    page = open_page("start")
    page.button(key="try-blood_smear").click().run()
    workspace = here.workspace(until_opened(page))
    assert workspace.is_demo
    examples = here.images(workspace.id, role=Role.EXAMPLE)
    assert len({image.condition for image in examples}) >= 2
    cases = here.images(workspace.id, role=Role.CASE)
    assert cases and all(case.condition is None for case in cases)
    assert here.refusals(workspace.id) == []


def test_every_demo_set_has_a_card(open_page: OpenPage) -> None:
    page = open_page("start")
    assert page.button(key="try-blood_smear") and page.button(key="try-chest_radiograph")
    assert not page.error


def test_a_new_workspace_leads_to_its_examples(here: Store, open_page: OpenPage) -> None:
    page = open_page("start")
    page.text_input(key="new-name").set_value("Rare eyes")
    page.button(key="create-workspace").click().run()
    assert page.title[0].value == "Examples"
    assert [one.name for one in here.workspaces()] == ["Rare eyes"]
    assert page.query_params["w"] == here.workspaces()[0].id


def test_a_workspace_can_be_opened_again(
    here: Store, open_page: OpenPage, picture: Callable[..., bytes]
) -> None:
    workspace = with_examples(here, picture)
    page = open_page("start")
    page.button(key=f"open-{workspace.id}").click().run()
    assert page.title[0].value == "Examples"
    assert page.query_params["w"] == workspace.id


def test_a_workspace_can_be_renamed(here: Store, open_page: OpenPage) -> None:
    workspace = here.create_workspace("Old")
    page = open_page("start")
    page.text_input(key=f"name-{workspace.id}").set_value("New").run()
    assert here.workspace(workspace.id).name == "New"


def test_a_name_that_is_too_long_is_reported_and_not_taken(
    here: Store, open_page: OpenPage
) -> None:
    page = open_page("start")
    page.text_input(key="new-name").set_value("x" * 1000)
    page.button(key="create-workspace").click().run()
    assert here.workspaces() == []
    assert "characters" in page.error[0].value


def test_a_workspace_is_deleted_only_after_a_second_word(here: Store, open_page: OpenPage) -> None:
    workspace = here.create_workspace("Mistake")
    page = open_page("start", w=workspace.id)
    assert page.button(key=f"delete-{workspace.id}").disabled
    page.checkbox(key=f"sure-{workspace.id}").check().run()
    page.button(key=f"delete-{workspace.id}").click().run()
    assert here.workspaces() == []
    assert "w" not in page.query_params


def test_a_session_file_brings_back_a_workspace(
    here: Store, open_page: OpenPage, picture: Callable[..., bytes]
) -> None:
    workspace = with_examples(here, picture)
    content = write_session_file(here, workspace.id).read()
    here.delete_workspace(workspace.id)
    page = open_page("start")
    upload = ("eyes.medmeta.zip", content, "application/zip")
    page.file_uploader(key="session-file-0").set_value(upload).run()
    opened = until_opened(page)
    assert [image.condition for image in here.images(opened)] == [
        "macular",
        "macular",
        "normal",
        "normal",
    ]


def test_a_damaged_session_file_is_refused_in_words(here: Store, open_page: OpenPage) -> None:
    page = open_page("start")
    upload = ("eyes.medmeta.zip", b"no zip at all", "application/zip")
    page.file_uploader(key="session-file-0").set_value(upload).run()
    assert "session file was not opened" in page.error[0].value
    assert here.workspaces() == []


def test_the_banner_stands_on_the_page(open_page: OpenPage) -> None:
    page = open_page("start")
    assert any("Research and education only" in text.value for text in page.markdown)


def test_a_workspace_that_came_by_file_says_so_and_a_copy_of_it_too(
    here: Store, open_page: OpenPage
) -> None:
    mine = here.create_workspace("Mine")
    read_session_file(here, write_session_file(here, mine.id))
    badge = "From a file"
    titles = [text.value for text in open_page("start").markdown if text.value.startswith("**Mine")]
    assert sorted(badge in text for text in titles) == [False, True]


def test_the_workspace_used_last_comes_first(here: Store, open_page: OpenPage) -> None:
    first, second = (here.create_workspace(name) for name in ("First", "Second"))
    assert _rows(open_page("start")) == ["Second", "First"]
    open_page("examples", w=first.id)
    assert _rows(open_page("start")) == ["First", "Second"]
    assert last_use(here.workspace(first.id)) > last_use(here.workspace(second.id))


@pytest.mark.parametrize("stored", [None, 7, "yesterday", "2026-01-01T00:00:00"])
def test_a_last_use_that_is_no_moment_is_passed_over(here: Store, stored: object) -> None:
    workspace = here.create_workspace("Rare eyes")
    opened = here.change_settings(workspace.id, lambda settings: {**settings, "last_use": stored})
    assert last_use(opened) == workspace.created


def _rows(page: AppTest) -> list[str]:
    names = [text.value.strip("*") for text in page.markdown]
    return [name for name in names if name in ("First", "Second")]
