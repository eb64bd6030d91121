from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from taught import home_of, page_text

from medmeta_core.paths import DATABASE
from medmeta_core.workspace import Store


def test_the_address_opens_its_workspace(here: Store, open_page: Callable[..., AppTest]) -> None:
    workspace = here.create_workspace("Rare eyes")
    page = open_page("about", w=workspace.id)
    assert not page.exception
    assert any("Rare eyes" in caption.value for caption in page.caption)


def test_the_address_keeps_the_workspace_on_the_way_to_another_page(
    here: Store, open_page: Callable[..., AppTest]
) -> None:
    workspace = here.create_workspace("Rare eyes")
    page = open_page("about", w=workspace.id)
    del page.query_params["w"]
    page.switch_page("start/start.py").run()
    assert page.query_params["w"] == workspace.id


def test_another_workspace_leaves_the_case_of_the_one_before(
    here: Store, open_page: Callable[..., AppTest]
) -> None:
    workspace, other = here.create_workspace("Rare eyes"), here.create_workspace("Blood")
    page = open_page("about", w=workspace.id, case="a-case")
    assert page.query_params["case"] == "a-case"
    page.switch_page("start/start.py").run()
    page.button(key=f"open-{other.id}").click().run()
    assert page.query_params["w"] == other.id
    assert "case" not in page.query_params


def test_a_page_that_is_opened_first_stands_under_the_banner(
    open_page: Callable[..., AppTest],
) -> None:
    page = open_page("about")
    assert any("Research and education only" in text.value for text in page.markdown)


def test_a_deleted_workspace_leads_back_to_start(
    here: Store, open_page: Callable[..., AppTest]
) -> None:
    workspace = here.create_workspace("Gone")
    here.delete_workspace(workspace.id)
    page = open_page("examples", w=workspace.id)
    assert not page.exception and not page.error
    assert page.button(key="go-to-start")
    assert "w" not in page.query_params


def test_the_chosen_language_stands_in_the_address(open_page: Callable[..., AppTest]) -> None:
    page = open_page("about", lang="zh")
    assert page.title[0].value == "关于 MedMeta"


def test_english_is_spoken_where_no_language_is_known(open_page: Callable[..., AppTest]) -> None:
    assert open_page("about").title[0].value == "About MedMeta"


def test_the_switch_changes_the_language(open_page: Callable[..., AppTest]) -> None:
    page = open_page("about")
    page.segmented_control(key="language-switch").set_value("zh").run()
    assert page.title[0].value == "关于 MedMeta"
    assert page.query_params["lang"] == "zh"


@pytest.mark.parametrize("name", ["examples", "adapt", "explore", "classify", "report"])
def test_a_page_tells_that_the_database_is_damaged_and_loses_no_workspace(
    here: Store, open_page: Callable[..., AppTest], name: str
) -> None:
    """And it opens again by the same address once a copy of the database was put back."""
    workspace = here.create_workspace("Rare eyes")
    here.close()
    database = home_of(here) / DATABASE
    whole = database.read_bytes()
    database.write_bytes(whole[:100] + bytes(len(whole) - 100))
    page = open_page(name, w=workspace.id)
    assert [error.value for error in page.error if "is damaged" in error.value]
    assert "No workspace is open yet" not in page_text(page)
    assert page.query_params["w"] == workspace.id
    here.close()
    database.write_bytes(whole)
    page.run()
    assert not page.error
    assert any("Rare eyes" in caption.value for caption in page.caption)


def test_about_opens_while_the_database_is_damaged(
    here: Store, open_page: Callable[..., AppTest]
) -> None:
    workspace = here.create_workspace("Rare eyes")
    here.close()
    database = home_of(here) / DATABASE
    database.write_bytes(database.read_bytes()[:100] + bytes(9_000))
    page = open_page("about", w=workspace.id)
    assert page.title[0].value == "About MedMeta"
