"""A condition keeps its colour and symbol whatever comes, goes or is renamed."""

from collections.abc import Callable

import pytest
from examples_page import add

from dashboard.shared.condition_marks import marks_of
from medmeta_core.workspace import Store, Workspace

Picture = Callable[..., bytes]


@pytest.fixture
def workspace(here: Store) -> Workspace:
    return here.create_workspace("Rare eyes")


def test_colours_and_symbols_hold_for_the_life_of_a_workspace(
    here: Store, workspace: Workspace, picture: Picture
) -> None:
    first, second = add(here, workspace, [picture(1), picture(2)], condition="macular")
    (third,) = add(here, workspace, [picture(3)], condition="normal")
    macular, normal = (marks_of(workspace.id)[name] for name in ("macular", "normal"))
    add(here, workspace, [picture(4)], condition="albinism")  # comes first by name
    assert marks_of(workspace.id)["macular"] == macular
    assert marks_of(workspace.id)["normal"] == normal
    here.relabel(workspace.id, [third.id], "macular")  # emptied
    assert "normal" not in marks_of(workspace.id)
    here.rename_condition(workspace.id, "macular", "Makula")
    assert marks_of(workspace.id)["Makula"] == macular
    here.undo(workspace.id)
    assert marks_of(workspace.id)["macular"] == macular
    here.redo(workspace.id)
    assert marks_of(workspace.id)["Makula"] == macular
    add(here, workspace, [picture(5)], condition="macular")  # another one of the old name
    marks = marks_of(workspace.id)
    assert marks["Makula"] == macular
    assert len(set(marks.values())) == len(marks) == 3
    here.relabel(workspace.id, [first.id], "normal")  # back again
    assert marks_of(workspace.id)["normal"] == normal
    assert marks_of(workspace.id, further=["macular"])["macular"] == marks["macular"]


def test_a_condition_that_takes_the_name_of_an_emptied_one_keeps_its_own_colour(
    here: Store, workspace: Workspace, picture: Picture
) -> None:
    (image,) = add(here, workspace, [picture(1)], condition="emptied")
    add(here, workspace, [picture(2)], condition="macular")
    macular = marks_of(workspace.id)["macular"]
    here.relabel(workspace.id, [image.id], "normal")
    assert marks_of(workspace.id)["macular"] == macular
    here.rename_condition(workspace.id, "macular", "emptied")
    assert marks_of(workspace.id)["emptied"] == macular
