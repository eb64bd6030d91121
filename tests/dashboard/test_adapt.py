from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from taught import adapt_to_examples, add_cases, add_examples, keys_of, page_text, run_until_done

from dashboard.i18n import t
from dashboard.shared.adaptation_choice import _summary
from dashboard.shared.selected_cell import OPENED, SelectedCell
from dashboard.state import View
from dashboard.web.confusion import _overall
from medmeta_core import casework
from medmeta_core.analysis import Adaptation, adapt
from medmeta_core.casework import (
    Choice,
    adapting,
    change_preferences,
    cross_validation_of,
    records_side_by_side,
    start_adapting,
)
from medmeta_core.embedding import DEFAULT_BACKBONE
from medmeta_core.selection.automatic import CANDIDATES
from medmeta_core.workspace import AdaptationRecord, Store, Workspace

OpenPage = Callable[..., AppTest]
Adapted = Callable[[], tuple[AdaptationRecord, AppTest]]


@pytest.fixture
def workspace(here: Store) -> Workspace:
    return here.create_workspace("Rare eyes")


@pytest.fixture
def adapted(here: Store, open_page: OpenPage, workspace: Workspace) -> Adapted:
    """Adapts the prototypical method: the adaptation, and the page that shows it."""

    def adapted_page() -> tuple[AdaptationRecord, AppTest]:
        record = adapt_to_examples(here, workspace)
        return record, run_until_done(open_page("adapt", w=workspace.id))

    return adapted_page


def filled(page: AppTest) -> list[str | None]:
    """Keys of the primary ones among the buttons that lead on."""
    leading = [page.button(key=key) for key in ("adapt", "next-classify") if key in keys_of(page)]
    return [button.key for button in leading if button.proto.type == "primary"]


def test_without_two_conditions_the_page_leads_back_to_examples(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    add_examples(here, workspace, kinds={"dark": 40})
    page = open_page("adapt", w=workspace.id)
    assert "go-to-examples" in keys_of(page)
    assert "adapt" not in keys_of(page)


def test_one_click_adapts_and_the_store_has_it(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    add_examples(here, workspace)
    page = open_page("adapt", w=workspace.id)
    run_until_done(page.button(key="adapt").click().run())
    (record,) = here.adaptations(workspace.id)
    assert (record.method in CANDIDATES, len(record.image_ids)) == (True, 6)
    assert "Leave-one-out: each of 6 examples" in page_text(page)


def test_the_automatic_choice_shows_why(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    add_examples(here, workspace)
    page = open_page("adapt", w=workspace.id)
    run_until_done(page.button(key="adapt").click().run())
    (record,) = here.adaptations(workspace.id)
    table = next(frame.value for frame in page.dataframe if "Verdict" in frame.value)
    by_name = dict(zip(table["Method"], table["Verdict"], strict=True))
    assert len(by_name) == len(CANDIDATES)
    chosen = by_name[t(f"adapt.methods.{record.method}.title")]
    assert chosen in ("the cautious default", "clearly better: chosen")


def test_known_patients_are_left_out_as_a_whole(
    here: Store, workspace: Workspace, adapted: Adapted
) -> None:
    for image in add_examples(here, workspace, n=4):
        pair = f"{image.condition} {int(image.alias[1:]) // 2}"
        here.assign_patient(workspace.id, [image.id], pair)
    _, page = adapted()
    assert "Leave-one-patient-out: each of 8 examples" in page_text(page)


def test_it_says_how_many_examples_have_a_patient(
    here: Store, workspace: Workspace, adapted: Adapted
) -> None:
    images = add_examples(here, workspace)
    here.assign_patient(workspace.id, [images[0].id], "first")
    _, page = adapted()
    assert "Patients known for 1 of 6" in page_text(page)


def test_one_patient_id_for_all_is_no_patient_and_every_example_is_classified(
    here: Store, workspace: Workspace, adapted: Adapted
) -> None:
    images = add_examples(here, workspace)
    here.assign_patient(workspace.id, [image.id for image in images], "ANONYMOUS")
    _, page = adapted()
    assert "each of 6 examples was classified by a model that had not seen it" in page_text(page)
    assert "taken for a placeholder" in page_text(page)
    assert "Leave-one-patient-out" not in page_text(page)


def test_where_each_condition_is_one_patient_nothing_is_claimed(
    here: Store, workspace: Workspace, adapted: Adapted
) -> None:
    for image in add_examples(here, workspace):
        here.assign_patient(workspace.id, [image.id], f"whose {image.condition}")
    record, page = adapted()
    assert "None of the 6 examples could be left out" in page_text(page)
    assert "was classified by a model" not in page_text(page)
    assert "%" not in _summary(record)


def test_fewer_than_five_classified_are_counted_and_given_no_percentage(
    here: Store, workspace: Workspace, adapted: Adapted
) -> None:
    images = add_examples(here, workspace)
    dark = [image.id for image in images if image.condition == "dark"]
    here.assign_patient(workspace.id, dark, "one man")
    record, page = adapted()
    assert "3 of 6 examples could be left out. Leave-one-patient-out: each of 3" in page_text(page)
    assert "of 3 recognised" in _summary(record)
    assert "%" not in _summary(record)
    overall = _overall(cross_validation_of(record))
    assert overall["share"] == "–" and "too few" in str(overall["interval"])


def test_a_refresh_finds_the_figures_again(
    here: Store, workspace: Workspace, adapted: Adapted
) -> None:
    add_examples(here, workspace)
    _, page = adapted()
    assert page.button(key="adapt").label == "Adapt again"
    assert "Prototypical networks" in page_text(page)


def test_both_methods_stand_side_by_side_and_are_compared_image_by_image(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    add_examples(here, workspace)
    page = open_page("adapt", w=workspace.id)
    page.radio(key="adapt-method").set_value("both").run()
    run_until_done(page.button(key="adapt").click().run())
    assert {record.method for record in here.adaptations(workspace.id)} == {"prototypical", "maml"}
    counts = [page.button(key=f"compared-{kind}").label for kind in ("both", "only_first")]
    counts += [page.button(key=f"compared-{kind}").label for kind in ("only_second", "neither")]
    assert sum(int(label.rpartition(": ")[2]) for label in counts) == 6
    assert "5-fold cross-validation: each of 6 examples" in page_text(page)
    assert "Prototypical networks was evaluated in 6 folds, MAML in 5" in page_text(page)


def test_what_ends_while_the_page_is_drawn_is_shown(
    here: Store, open_page: OpenPage, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is held until the page has read what there is, and then ends before the panel."""
    add_examples(here, workspace)
    records_are_read = Event()

    def adapt_later(*arguments: Any, **options: Any) -> Adaptation:
        assert records_are_read.wait(60)
        return adapt(*arguments, **options)

    def read_records(records: Sequence[AdaptationRecord]) -> list[AdaptationRecord]:
        records_are_read.set()
        assert job.wait(60)
        return records_side_by_side(records)

    monkeypatch.setattr(adapting, "adapt", adapt_later)
    monkeypatch.setattr(casework, "records_side_by_side", read_records)
    job = start_adapting(here, workspace.id, [Choice("prototypical", DEFAULT_BACKBONE)])
    page = run_until_done(open_page("adapt", w=workspace.id))
    assert "next-classify" in keys_of(page)


def test_one_button_is_filled_the_one_that_leads_on(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    images = add_examples(here, workspace)
    assert filled(open_page("adapt", w=workspace.id)) == ["adapt"]
    adapt_to_examples(here, workspace)
    assert filled(run_until_done(open_page("adapt", w=workspace.id))) == ["next-classify"]
    here.relabel(workspace.id, [images[0].id], "bright")
    assert filled(open_page("adapt", w=workspace.id)) == ["adapt"]


def test_after_an_adaptation_the_methods_are_still_in_sight(
    here: Store, workspace: Workspace, adapted: Adapted
) -> None:
    add_examples(here, workspace)
    _, page = adapted()
    hidden = [box.key for expander in page.expander for box in expander.radio]
    assert page.radio(key="adapt-method").options[-1] == "Two methods, side by side"
    assert "adapt-method" not in hidden


def test_a_number_opens_its_images(here: Store, open_page: OpenPage, workspace: Workspace) -> None:
    add_examples(here, workspace)
    record = adapt_to_examples(here, workspace)
    page = open_page("adapt", w=workspace.id)
    page.session_state[OPENED] = SelectedCell(record.id, "0:*")
    run_until_done(page.run())
    assert "Labelled bright" in page_text(page)
    assert "3 images" in page_text(page)


def test_after_a_relabelling_the_page_asks_to_adapt_again(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    images = add_examples(here, workspace)
    adapt_to_examples(here, workspace)
    page = open_page("adapt", w=workspace.id)
    page.session_state["view"] = View(selected=(images[0].id,), selection_version=1)
    page.run()
    page.selectbox(key="relabel-condition").set_value("bright").run()
    page.button(key="relabel").click().run()
    assert here.image(images[0].id).condition == "bright"
    assert "The examples have changed" in page_text(page)
    run_until_done(page.button(key="adapt").click().run())
    assert "The examples have changed" not in page_text(page)


def test_the_page_speaks_chinese(here: Store, open_page: OpenPage, workspace: Workspace) -> None:
    add_examples(here, workspace)
    adapt_to_examples(here, workspace)
    page = run_until_done(open_page("adapt", w=workspace.id, lang="zh"))
    assert "留一法：6 个样例" in page_text(page)


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "The backbone has changed since: adapt again."),
        ("zh", "骨干网络在此之后已更换，请重新适配。"),
    ],
)
@pytest.mark.parametrize("name", ["explore", "classify"])
def test_weights_that_changed_since_then_are_reported_not_used(
    here: Store, open_page: OpenPage, workspace: Workspace, name: str, language: str, message: str
) -> None:
    add_examples(here, workspace)
    add_cases(here, workspace, 30)
    record = adapt_to_examples(here, workspace)
    figures = {**record.figures, "backbone_sha256": "0" * 64}
    stale = here.save_adaptation(workspace.id, replace(record, figures=figures))
    change_preferences(here, workspace.id, adaptation_id=stale.id)
    page = open_page(name, w=workspace.id, lang=language)
    for _ in range(60):
        if page.error:
            break
        page.run()
    assert [error.value for error in page.error] == [message]
    assert here.results(workspace.id, stale.id) == []
    leading = [key for key in keys_of(page) if (key or "").startswith("to-adapt-")]
    assert len(leading) == 1
    assert not any((key or "").startswith("again-") for key in keys_of(page))
