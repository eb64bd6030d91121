"""A workspace says that left and right matter, and a slow machine is offered a quicker backbone."""

from collections.abc import Callable

import pytest
from joint_backbones import joint_card
from streamlit.testing.v1 import AppTest
from taught import add_examples, keys_of, page_text, run_until_done

from medmeta_core.casework import Choice, preferences_of, slow_backbone, start_adapting
from medmeta_core.embedding.files.locations import own_folder
from medmeta_core.workspace import Store, Workspace

OpenPage = Callable[..., AppTest]
RADIO = "adapt-backbone-automatic"


@pytest.fixture
def workspace(here: Store) -> Workspace:
    """Six examples; two joint backbones are at hand, one without mirrored views."""
    joint_card(own_folder(), unmirrored="both-unmirrored")
    joint_card(own_folder(), "both-unmirrored", ("whole", "centre"))
    workspace = here.create_workspace("Situs inversus")
    add_examples(here, workspace)
    return workspace


def test_where_left_and_right_matter_only_unmirrored_backbones_are_offered(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    page = open_page("adapt", w=workspace.id)
    assert "both" in page.radio(key=RADIO).options
    assert "both-unmirrored" not in page.radio(key=RADIO).options
    page.toggle(key=f"left-right-matters-{workspace.id}").set_value(True).run()
    assert preferences_of(here.workspace(workspace.id)).left_right_matters
    options = page.radio(key=f"{RADIO}-unmirrored").options
    assert "both-unmirrored" in options
    assert "both" not in options
    assert "not available for this method: no weights" not in page_text(page)
    again = open_page("adapt", w=workspace.id)
    assert again.toggle(key=f"left-right-matters-{workspace.id}").value


def test_what_is_adapted_then_looks_at_no_mirrored_view(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    page = open_page("adapt", w=workspace.id)
    page.toggle(key=f"left-right-matters-{workspace.id}").set_value(True).run()
    page.radio(key=f"{RADIO}-unmirrored").set_value("both-unmirrored").run()
    run_until_done(page.button(key="adapt").click().run())
    assert here.adaptations(workspace.id)[0].backbone == "both-unmirrored"


def adapted_to_many(here: Store, open_page: OpenPage, workspace: Workspace) -> AppTest:
    """The page after ridge on the joint backbone has embedded more than one batch."""
    add_examples(here, workspace, n=9)
    assert start_adapting(here, workspace.id, [Choice("ridge", "both")]).wait(60)
    return run_until_done(open_page("adapt", w=workspace.id))


def test_a_quicker_backbone_is_offered_where_the_measured_time_asks_for_it(
    here: Store, open_page: OpenPage, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_backbone, "SLOW", 0.0)
    page = adapted_to_many(here, open_page, workspace)
    assert "This computer takes" in page_text(page)
    run_until_done(page.button(key="adapt-quicker").click().run())
    chosen = preferences_of(here.workspace(workspace.id)).adaptation_id
    newest = next(one for one in here.adaptations(workspace.id) if one.id == chosen)
    assert (newest.method, newest.backbone) == ("ridge", "first")


def test_a_quick_machine_is_offered_nothing(
    here: Store, open_page: OpenPage, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_backbone, "SLOW", 100.0)
    page = adapted_to_many(here, open_page, workspace)
    assert "adapt-quicker" not in keys_of(page)
