import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medmeta_core.errors import WorkspaceError
from medmeta_core.workspace import Role, Store

CONDITIONS = ("benign", "malign", "normal")

picks = st.sets(st.integers(0, 7), min_size=1, max_size=3)
random_acts = st.lists(
    st.one_of(
        st.tuples(st.just("relabel"), picks, st.sampled_from((*CONDITIONS, None))),
        st.tuples(st.just("exclude"), picks, st.sampled_from(("blurred", "artefact"))),
        st.tuples(st.just("include"), picks),
        st.tuples(st.just("remove"), picks),
        st.tuples(st.just("assign_patient"), picks, st.sampled_from(("P1", "ward 7", None))),
        st.tuples(st.just("move"), picks, st.sampled_from(Role), st.sampled_from(CONDITIONS)),
        st.tuples(st.just("rename_condition"), *[st.sampled_from(CONDITIONS)] * 2),
        st.tuples(st.just("add"), st.integers(0, 12), st.sampled_from(Role)),
    ),
    min_size=1,
    max_size=8,
)


def perform(store, desk, act, new_image):
    """Do one random act, as far as the images that are there allow it."""
    kind, *arguments = act
    present = store.images(desk)
    if kind == "add":
        number, role = arguments
        store.add_images(desk, [new_image(number, role, CONDITIONS[number % 3])])
    elif kind == "rename_condition":
        if any(image.condition == arguments[0] for image in present):
            store.rename_condition(desk, *arguments)
    else:
        chosen, *rest = arguments
        ids = [present[i].id for i in chosen if i < len(present)]
        getattr(store, kind)(desk, ids, *rest)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=random_acts, restart_after=st.integers(0, 8))
def test_undo_and_redo_lead_through_every_earlier_view(store, new_image, acts, restart_after):
    desk = store.create_workspace("Desk").id
    views = [store.images(desk)]
    for act in [("add", 0, Role.EXAMPLE), ("add", 3, Role.CASE), *acts]:
        try:
            perform(store, desk, act, new_image)
        except WorkspaceError as error:
            assert error.rule == "duplicate"  # a moved picture that is there already
        if store.images(desk) != views[-1]:
            views.append(store.images(desk))
    again = Store.open(store.blobs._folder.parent)  # undo survives a restart
    for number, view in enumerate(reversed(views[:-1])):
        assert (again if number >= restart_after else store).undo(desk) is not None
        assert store.images(desk) == view
    assert store.undo(desk) is None
    for view in views[1:]:
        assert again.redo(desk) is not None
        assert again.images(desk) == view
    assert again.redo(desk) is None
    assert again.verify_audit(desk)
    again.close()


def test_an_act_tells_what_it_was_about(store, desk, examples):
    act = store.relabel(desk, [examples[0].id, examples[2].id], "normal")
    assert act.kind == "relabel"
    assert act.summary == {"aliases": ["E1", "E3"], "condition": "normal"}
    assert not act.undone
    assert store.acts(desk)[-1] == act


def test_the_list_shows_what_was_undone(store, desk, examples):
    store.relabel(desk, [examples[0].id], "normal")
    store.exclude(desk, [examples[1].id], "blurred")
    undone = store.undo(desk)
    assert (undone.kind, undone.undone) == ("exclude", True)
    assert [(act.kind, act.undone) for act in store.acts(desk)] == [
        ("add", False),
        ("relabel", False),
        ("exclude", True),
    ]


def test_a_new_act_takes_the_place_of_those_undone(store, desk, examples):
    store.relabel(desk, [examples[0].id], "normal")
    store.undo(desk)
    store.exclude(desk, [examples[1].id], "blurred")
    assert store.redo(desk) is None
    assert [act.kind for act in store.acts(desk)] == ["add", "exclude"]


def test_what_changes_nothing_is_no_act(store, desk, examples):
    assert store.relabel(desk, [examples[0].id], "benign") is None
    assert store.include(desk, [examples[0].id]) is None
    assert store.relabel(desk, [], "malign") is None
    assert [act.kind for act in store.acts(desk)] == ["add"]


def test_workspaces_undo_apart(store, desk, examples, new_image):
    other = store.create_workspace("Other").id
    store.add_images(other, [new_image(1)])
    store.undo(desk)
    assert store.images(desk) == []
    assert len(store.images(other)) == 1


def test_excluded_images_keep_their_reason(store, desk, examples):
    store.exclude(desk, [examples[0].id], " blurred ")
    image = store.images(desk)[0]
    assert (image.excluded, image.exclusion_reason) == (True, "blurred")
    assert len(store.images(desk, with_excluded=False)) == 5
    store.include(desk, [examples[0].id])
    assert store.images(desk) == examples


def test_a_renamed_condition_may_join_another_and_undo_parts_them(store, desk, examples):
    store.rename_condition(desk, "malign", "benign")
    assert {image.condition for image in store.images(desk)} == {"benign"}
    store.undo(desk)
    assert store.images(desk) == examples


def test_a_case_becomes_an_example_under_a_new_alias(store, desk, examples, new_image):
    [case] = store.add_images(desk, [new_image(20, Role.CASE)])
    store.move(desk, [case.id], Role.EXAMPLE, "malign")
    moved = store.image(case.id)
    assert (case.alias, moved.alias) == ("C1", "E7")
    assert (moved.role, moved.condition) == (Role.EXAMPLE, "malign")
    store.undo(desk)
    assert store.image(case.id) == case
    store.redo(desk)
    assert store.image(case.id) == moved


def test_a_case_that_is_an_example_already_cannot_become_one(store, desk, examples, new_image):
    [case] = store.add_images(desk, [new_image(0, Role.CASE)])
    with pytest.raises(WorkspaceError, match="C1 is the same picture as E1") as caught:
        store.move(desk, [case.id], Role.EXAMPLE, "benign")
    assert caught.value.rule == "duplicate"
    assert store.image(case.id) == case


def test_a_patient_is_assigned_by_pseudonym_or_by_any_other_word(store, desk, examples):
    ids = [image.id for image in examples]
    store.assign_patient(desk, ids[:1], "P3")
    store.assign_patient(desk, ids[1:2], "her brother")
    store.assign_patient(desk, ids[2:3], None)
    assert [i.patient for i in store.images(desk)] == ["P3", "P4", None, "P2", "P3", "P3"]
    store.assign_patient(desk, ids[3:4], "her brother")
    assert store.image(ids[3]).patient == "P4"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 200])
def test_a_condition_has_a_name_of_one_line(store, desk, examples, name):
    with pytest.raises(WorkspaceError) as caught:
        store.relabel(desk, [examples[0].id], name)
    assert caught.value.rule == "condition-name"


def test_two_spellings_of_one_name_are_one_condition(store, desk, examples):
    store.relabel(desk, [examples[0].id], "Ne\u0301vus ")
    store.relabel(desk, [examples[1].id], "N\u00e9vus")
    assert store.image(examples[0].id).condition == store.image(examples[1].id).condition
