from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from taught import (
    PATIENCE_SECONDS,
    adapt_to_examples,
    add_cases,
    add_examples,
    keys_of,
    page_text,
    picture_bytes,
    run_until_done,
    verdict_widget,
)
from torch import Tensor

from dashboard.state import View
from medmeta_core.analysis import Adaptation
from medmeta_core.casework import (
    answers_of,
    change_preferences,
    classifying,
    preferences_of,
    start_classifying,
)
from medmeta_core.casework.adaptation_cache import CACHE
from medmeta_core.trust import Abstention, AbstentionRule, shown_answer, under_rule
from medmeta_core.workspace import (
    AdaptationRecord,
    Role,
    Store,
    StoredImage,
    VerdictRecord,
    Workspace,
    read_session_file,
    write_session_file,
)

OpenPage = Callable[..., AppTest]


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    area = page.file_uploader(key="classify-files-0")
    return run_until_done(area.set_value([(*file, "") for file in files]).run())


@pytest.mark.parametrize("verb", ["remove", "erase"])
@pytest.mark.parametrize("moment", ["before its turn", "as it is read", "as its answer is saved"])
def test_a_case_that_goes_while_the_cases_are_classified_is_passed_over(
    here: Store,
    workspace: Workspace,
    record: AdaptationRecord,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    moment: str,
) -> None:
    first, deleted, last = cases = add_cases(here, workspace, 30, 120, 220)

    def take_away() -> None:
        getattr(here, verb)(workspace.id, [deleted.id])

    def pixels_of(there: Store, case: StoredImage, adaptation: Adaptation) -> Tensor:
        if case.id == deleted.id and moment == "as it is read":
            take_away()
        pixels = classifying_pixels_of(there, case, adaptation)
        if case.id == deleted.id and moment == "as its answer is saved":
            take_away()
        return pixels

    classifying_pixels_of = classifying.pixels_of
    monkeypatch.setattr(classifying, "pixels_of", pixels_of)
    if moment == "before its turn":
        take_away()
    job = start_classifying(here, record, cases)
    assert job.wait(PATIENCE_SECONDS)
    assert (job.state, job.result) == ("done", 2)
    assert set(answers_of(here, record)) == {first.id, last.id}


def test_without_an_adaptation_the_page_leads_to_adapt(
    open_page: OpenPage, workspace: Workspace
) -> None:
    page = open_page("classify", w=workspace.id)
    assert "go-to-adapt" in keys_of(page)
    assert not page.file_uploader


def test_a_dropped_image_is_a_case_and_its_answer_is_in_the_store(
    here: Store, open_page: OpenPage, workspace: Workspace, record: AdaptationRecord
) -> None:
    page = open_page("classify", w=workspace.id)
    upload(page, ("new.png", picture_bytes(1, 210)))
    (case,) = here.images(workspace.id, role=Role.CASE)
    answer = answers_of(here, record)[case.id]
    assert answer.prediction.first == "bright"
    assert answer.heat_map is not None
    assert "Most similar examples" in page_text(page)


def test_a_refused_file_does_not_stop_the_others(
    here: Store, open_page: OpenPage, workspace: Workspace, record: AdaptationRecord
) -> None:
    page = open_page("classify", w=workspace.id)
    upload(page, ("notes.txt", b"no picture"), ("new.png", picture_bytes(1, 30)))
    assert len(answers_of(here, record)) == 1
    assert [refusal.rule for refusal in here.refusals(workspace.id)] == ["not-an-image"]
    assert "one file was not read" in page_text(page)


def test_an_image_unlike_all_examples_is_none_of_these(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    run_until_done(open_page("classify", w=workspace.id))
    prediction = answers_of(here, record)[case.id].prediction
    strict = AbstentionRule(min_typicality=1.0)
    assert under_rule(prediction, strict).abstention is Abstention.NONE_OF_THESE


def test_with_one_example_of_each_condition_no_case_is_named(
    here: Store, open_page: OpenPage
) -> None:
    workspace = here.create_workspace("One each")
    add_examples(here, workspace, n=1)
    record = adapt_to_examples(here, workspace)
    (case,) = add_cases(here, workspace, 210)
    page = run_until_done(open_page("classify", w=workspace.id))
    prediction = answers_of(here, record)[case.id].prediction
    assert under_rule(prediction, AbstentionRule()).abstention is Abstention.NOT_CALIBRATED
    assert prediction.typicality is None
    assert "0 of 1 cases are named" in page_text(page)


def test_a_threshold_takes_effect_at_once_and_stays(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    add_cases(here, workspace, 210)
    page = run_until_done(open_page("classify", w=workspace.id))
    before = here.results(workspace.id, record.id)
    page.slider(key=f"min_right-{workspace.id}").set_value(95).run()
    assert preferences_of(here.workspace(workspace.id)).min_right == 0.95
    assert here.results(workspace.id, record.id) == before
    again = run_until_done(open_page("classify", w=workspace.id))
    assert again.slider(key=f"min_right-{workspace.id}").value == 95


def test_the_reviewer_names_a_condition_before_the_answer_shows(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    change_preferences(here, workspace.id, commits_first=True)
    page = run_until_done(open_page("classify", w=workspace.id))
    assert "Most similar examples" not in page_text(page)
    page.radio(key=f"first-{record.id}-{case.id}").set_value("dark").run()
    page.button(key="commit").click().run()
    (verdict,) = here.verdicts(workspace.id)
    assert (verdict.decision, verdict.condition) == ("before-reveal", "dark")
    assert "Most similar examples" in page_text(page)
    assert "You named: dark" in page_text(page)


def test_a_verdict_is_in_the_store_as_soon_as_it_is_chosen(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    page = run_until_done(open_page("classify", w=workspace.id))
    verdict_widget(page, "decision").set_value("accept").run()
    verdict_widget(page, "comment").set_value("clear").run()
    verdict = here.verdicts(workspace.id)[-1]
    assert (verdict.decision, verdict.comment) == ("accept", "clear")
    assert verdict.adaptation_id == record.id
    assert "Saved at" in page_text(page)


def test_a_change_is_saved_once_the_other_condition_is_named(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    page = run_until_done(open_page("classify", w=workspace.id))
    verdict_widget(page, "decision").set_value("changed").run()
    assert here.verdicts(workspace.id) == []
    verdict_widget(page, "condition").set_value("dark").run()
    (verdict,) = here.verdicts(workspace.id)
    assert (verdict.decision, verdict.condition) == ("changed", "dark")


def test_a_comment_waits_for_the_decision_that_it_belongs_to(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    page = run_until_done(open_page("classify", w=workspace.id))
    assert verdict_widget(page, "comment").disabled
    assert "Choose a verdict first" in verdict_widget(page, "comment").placeholder
    verdict_widget(page, "decision").set_value("changed").run()
    assert verdict_widget(page, "comment").disabled, "nothing is saved until the condition is named"
    verdict_widget(page, "decision").set_value("reject").run()
    assert not verdict_widget(page, "comment").disabled


def test_a_refresh_shows_the_verdict_again(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    run_until_done(open_page("classify", w=workspace.id))
    answer = shown_answer(answers_of(here, record)[case.id].prediction)
    here.save_verdict(
        workspace.id,
        VerdictRecord(case.id, record.id, "unsure", comment="look again", answer=answer),
    )
    page = run_until_done(open_page("classify", w=workspace.id))
    assert verdict_widget(page, "decision").value == "unsure"
    assert verdict_widget(page, "comment").value == "look again"


def test_a_heat_map_speaks_for_any_condition(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    page = run_until_done(open_page("classify", w=workspace.id))
    page.selectbox(key=f"heat-map-{record.id}-{case.id}").set_value("dark").run()
    run_until_done(page)


def test_a_refresh_opens_the_same_case_again(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    first, _ = add_cases(here, workspace, 210, 30)
    page = open_page("classify", w=workspace.id, case=first.id)
    run_until_done(page)
    assert page.query_params["case"] == first.id
    assert f"make-example-{first.id}" in {box.key for box in page.selectbox}


def test_a_case_becomes_an_example(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    first, second = add_cases(here, workspace, 210, 30)
    page = open_page("classify", w=workspace.id)
    page.session_state["view"] = View(image=first.id)
    run_until_done(page.run())
    page.selectbox(key=f"make-example-{first.id}").set_value("bright").run()
    page.button(key="make-example").click().run()
    moved = here.image(first.id)
    assert (moved.role, moved.condition) == (Role.EXAMPLE, "bright")
    assert [case.id for case in here.images(workspace.id, role=Role.CASE)] == [second.id]
    assert "The examples have changed" in page_text(page)


def test_a_restarted_server_answers_with_the_same_numbers(
    here: Store,
    workspace: Workspace,
    record: AdaptationRecord,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (case,) = add_cases(here, workspace, 210)
    run_until_done(open_page("classify", w=workspace.id))
    before = answers_of(here, record)[case.id].prediction
    CACHE.clear()
    here.remove(workspace.id, [case.id])
    (again,) = add_cases(here, workspace, 210)
    run_until_done(open_page("classify", w=workspace.id))
    assert answers_of(here, record)[again.id].prediction == before


def test_answers_outlive_an_example_that_a_session_file_left_out(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    (case,) = add_cases(here, workspace, 210)
    run_until_done(open_page("classify", w=workspace.id))
    nearest = answers_of(here, record)[case.id].prediction.similar_cases[0]
    here.remove(workspace.id, [record.image_ids[nearest.index]])
    copy = read_session_file(here, write_session_file(here, workspace.id))
    page = run_until_done(open_page("classify", w=copy.id))
    assert "Most similar examples" in page_text(page)
