"""What is said of examples that make a poor task, and what stands in its way."""

from collections.abc import Callable, Sequence

import pytest
from examples_page import add
from streamlit.testing.v1 import AppTest

from medmeta_core.casework.quality import Hint, quality_hints
from medmeta_core.workspace import Store, Workspace

OpenPage = Callable[..., AppTest]
Picture = Callable[..., bytes]


@pytest.fixture
def workspace(here: Store) -> Workspace:
    return here.create_workspace("Rare eyes")


def test_one_patient_id_for_all_is_reported_where_the_examples_are(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    images = add(here, workspace, [picture(1), picture(2)], condition="macular")
    images += add(here, workspace, [picture(3), picture(4)], condition="normal")
    here.assign_patient(workspace.id, [image.id for image in images], "ANONYMOUS")
    page = open_page("examples", w=workspace.id)
    assert any("All files have the same patient ID" in text.value for text in page.markdown)


def test_the_same_picture_in_all_files_stands_in_the_way(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(1), picture(1) + b"\0"], condition="macular")
    add(here, workspace, [picture(1) + b"\0\0"], condition="normal")
    page = open_page("examples", w=workspace.id)
    assert any("All 3 images show the same picture" in text.value for text in page.markdown)
    assert page.button(key="next-adapt").disabled


def test_a_hint_marks_its_images(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    (image,) = add(here, workspace, [picture(1)], condition=None)
    page = open_page("examples", w=workspace.id)
    page.button(key="mark-no_condition").click().run()
    assert page.session_state["view"].selected == (image.id,)
    assert any("One marked" in text.value for text in page.markdown)


def kinds(hints: Sequence[Hint]) -> list[str]:
    return [hint.kind for hint in hints]


def test_too_few_and_unequal_conditions_are_reported(
    here: Store, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(n) for n in range(8)], condition="normal")
    add(here, workspace, [picture(9)], condition="macular")
    assert kinds(quality_hints(here, here.images(workspace.id)))[:2] == ["few", "unbalanced"]


def test_the_same_picture_in_another_file_is_reported(
    here: Store, workspace: Workspace, picture: Picture
) -> None:
    # Bytes after the end of a PNG change the file, not the picture.
    twins = add(here, workspace, [picture(1), picture(1) + b"\0"], condition="macular")
    (hint,) = (one for one in quality_hints(here, twins) if one.kind == "same_picture")
    assert hint.image_ids == tuple(image.id for image in twins)


def test_what_stands_in_the_way_is_reported_first(
    here: Store, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(1, 128), picture(1, 128) + b"\0"], condition="macular")
    hints = quality_hints(here, here.images(workspace.id))
    assert hints[0].blocks and not hints[-1].blocks
