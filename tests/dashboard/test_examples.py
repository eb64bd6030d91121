"""The page Examples: marked images are relabelled, excluded, removed and brought back."""

from collections.abc import Callable

import pytest
from examples_page import add, conditions, mark
from streamlit.testing.v1 import AppTest

from medmeta_core.workspace import Store, Workspace

OpenPage = Callable[..., AppTest]
Picture = Callable[..., bytes]


@pytest.fixture
def workspace(here: Store) -> Workspace:
    return here.create_workspace("Rare eyes")


def test_marked_images_can_be_given_another_condition(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    images = add(here, workspace, [picture(1), picture(2)], condition="macular")
    add(here, workspace, [picture(3)], condition="normal")
    page = open_page("examples", w=workspace.id)
    mark(page, images[:1])
    page.selectbox(key="relabel-condition").set_value("normal").run()
    page.button(key="relabel").click().run()
    assert conditions(here, workspace) == ["normal", "macular", "normal"]


def test_an_exclusion_needs_its_reason_and_can_be_undone_and_done_again(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    images = add(here, workspace, [picture(1)], condition="macular")
    page = open_page("examples", w=workspace.id)
    mark(page, images)
    assert page.button(key="exclude").disabled
    page.selectbox(key="exclude-reason").set_value("Blurred or poorly exposed").run()
    page.button(key="exclude").click().run()
    assert here.images(workspace.id)[0].exclusion_reason == "Blurred or poorly exposed"
    page.button(key="undo").click().run()
    assert not here.images(workspace.id)[0].excluded
    page.button(key="redo").click().run()
    assert here.images(workspace.id)[0].excluded


def test_removed_images_come_back_by_undo(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    images = add(here, workspace, [picture(1), picture(2)], condition="macular")
    page = open_page("examples", w=workspace.id)
    mark(page, images)
    page.button(key="remove").click().run()
    assert here.images(workspace.id) == []
    page.button(key="undo").click().run()
    assert here.images(workspace.id) == images


def test_marked_images_can_be_said_to_be_of_one_patient(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    images = add(here, workspace, [picture(1), picture(2)], condition="macular")
    page = open_page("examples", w=workspace.id)
    here.assign_patient(workspace.id, [images[0].id], "any word")
    mark(page, images)
    page.selectbox(key="patient-name").set_value("P1").run()
    page.button(key="patient").click().run()
    assert [image.patient for image in here.images(workspace.id)] == ["P1", "P1"]


def test_a_condition_can_be_renamed(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(1)], condition="makular")
    page = open_page("examples", w=workspace.id)
    page.text_input(key="rename-new").set_value("macular").run()
    page.button(key="rename").click().run()
    assert conditions(here, workspace) == ["macular"]


def test_adapting_waits_for_a_second_condition(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(1)], condition="macular")
    assert open_page("examples", w=workspace.id).button(key="next-adapt").disabled
    add(here, workspace, [picture(2)], condition="normal")
    assert not open_page("examples", w=workspace.id).button(key="next-adapt").disabled
