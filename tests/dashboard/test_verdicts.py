"""A verdict stands beside the answer that it was given on, and beside no other."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest
from taught import (
    adapt_to_examples,
    add_cases,
    add_examples,
    page_text,
    run_until_done,
    verdict_widget,
)

from medmeta_core.casework import (
    change_preferences,
    report_job,
    reviews_of,
    start_classifying,
    withheld_cases,
)
from medmeta_core.reporting import to_csv, to_html, to_json, to_pdf
from medmeta_core.workspace import (
    AdaptationRecord,
    ShownAnswer,
    Store,
    StoredImage,
    VerdictRecord,
    Workspace,
    read_session_file,
    write_session_file,
)

OpenPage = Callable[..., AppTest]
NOTHING_IS_TYPICAL, EVERYTHING_IS_TYPICAL = 1.0, 0.0


def summary_of(page: AppTest) -> str:
    """All words in the page's own texts, as a reader sees them."""
    return page_text(page).replace("\\", "")


@dataclass(frozen=True)
class CaseListState:
    """A workspace with one case, classified by a first adaptation."""

    here: Store
    workspace: Workspace
    record: AdaptationRecord
    case: StoredImage
    open_page: OpenPage

    def page(self) -> AppTest:
        return run_until_done(self.open_page("classify", w=self.workspace.id))

    def name_nothing(self) -> None:
        change_preferences(self.here, self.workspace.id, min_typicality=NOTHING_IS_TYPICAL)

    def name_something(self) -> None:
        change_preferences(self.here, self.workspace.id, min_typicality=EVERYTHING_IS_TYPICAL)

    def choose(self, choice: str) -> AppTest:
        page = self.page()
        return verdict_widget(page, "decision").set_value(choice).run()

    def chosen(self) -> str | None:
        value = verdict_widget(self.page(), "decision").value
        return value[0] if isinstance(value, list) and value else value or None

    def last(self) -> VerdictRecord:
        return self.here.verdicts(self.workspace.id)[-1]


@pytest.fixture
def desk(here: Store, open_page: OpenPage) -> CaseListState:
    workspace = here.create_workspace("Rare eyes")
    add_examples(here, workspace, n=4)
    record = adapt_to_examples(here, workspace)
    (case,) = add_cases(here, workspace, 210)
    desk = CaseListState(here, workspace, record, case, open_page)
    desk.name_something()
    return desk


def test_a_verdict_is_kept_with_the_answer_that_was_on_the_screen(desk: CaseListState) -> None:
    desk.choose("accept")
    verdict = desk.last()
    assert verdict.decision == "accept"
    assert verdict.answer is not None and verdict.answer.outcome == "named"
    assert verdict.answer.condition == "bright"
    assert verdict.answer.probability is not None and 0.5 < verdict.answer.probability < 1
    assert verdict.answer.thresholds["min_typicality"] == EVERYTHING_IS_TYPICAL
    line = desk.here.audit(desk.workspace.id)[-1]
    assert line.detail["answer_condition"] == "bright"
    assert line.detail["adaptation"] == desk.record.id


def test_accepting_that_none_is_named_accepts_no_name(desk: CaseListState) -> None:
    desk.name_nothing()
    page = desk.choose("rightly-unnamed")
    assert desk.last().answer == ShownAnswer(
        "none-of-these", thresholds=desk.last().answer.thresholds
    )
    assert "Saved at" in summary_of(page)
    desk.name_something()
    page = desk.page()
    assert "right not to name one when it said: None of these" in summary_of(page)
    assert "please give your verdict" in summary_of(page)
    assert verdict_widget(page, "decision").value is None
    assert "Saved at" not in summary_of(page)


def test_a_verdict_stands_again_where_the_answer_is_the_same_again(desk: CaseListState) -> None:
    desk.choose("reject")
    desk.name_nothing()
    assert desk.chosen() is None
    desk.name_something()
    assert desk.chosen() == "reject"
    assert "Saved at" in summary_of(desk.page())


def test_a_tab_that_shows_an_older_answer_classifies_that_one(desk: CaseListState) -> None:
    page = desk.page()
    desk.name_nothing()  # in another tab
    verdict_widget(page, "decision").set_value("accept").run()
    answer = desk.last().answer
    assert answer is not None and (answer.outcome, answer.condition) == ("named", "bright")
    assert desk.chosen() is None


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("sees:dark", ("changed", "dark")),
        ("sees:bright", ("changed", "bright")),
        ("none-of-these", ("none-of-these", None)),
        ("rightly-unnamed", ("rightly-unnamed", None)),
    ],
)
def test_what_can_be_said_where_none_is_named(
    desk: CaseListState, choice: str, expected: tuple[str, str | None]
) -> None:
    desk.name_nothing()
    desk.choose(choice)
    assert (desk.last().decision, desk.last().condition) == expected
    assert desk.chosen() == choice


def test_a_condition_that_is_on_no_list_can_be_named(desk: CaseListState) -> None:
    desk.name_nothing()
    page = desk.choose("another")
    assert desk.here.verdicts(desk.workspace.id) == []
    verdict_widget(page, "condition").set_value("SARS").run()
    assert (desk.last().decision, desk.last().condition) == ("changed", "SARS")
    assert desk.chosen() == "another"


def test_a_verdict_of_before_says_so_and_must_be_given_again(desk: CaseListState) -> None:
    desk.here.save_verdict(
        desk.workspace.id, VerdictRecord(desk.case.id, desk.record.id, "accept", comment="clear")
    )
    page = desk.page()
    assert "accepted · given before answers were stored with verdicts" in summary_of(page)
    assert verdict_widget(page, "decision").value is None
    assert verdict_widget(page, "comment").value == "clear"


# Adapting again


def adapt_again(desk: CaseListState, method: str = "ridge") -> AdaptationRecord:
    record = adapt_to_examples(desk.here, desk.workspace, method)
    assert start_classifying(desk.here, record, [desk.case]).wait(120)
    return record


def test_what_the_reader_sees_outlives_adapting_again(desk: CaseListState) -> None:
    desk.name_nothing()
    desk.choose("sees:dark")
    page = desk.page()
    verdict_widget(page, "comment").set_value("a shadow").run()
    adapt_again(desk)
    desk.name_something()
    page = desk.page()
    assert verdict_widget(page, "decision").value == "changed"
    assert verdict_widget(page, "condition").value == "dark"
    assert verdict_widget(page, "comment").value == "a shadow"
    assert "you saw: dark when it said: None of these (Prototypical" in summary_of(page)
    assert "please give your verdict" not in summary_of(page)


def test_a_verdict_on_the_same_answer_stands_and_says_for_which_adaptation(
    desk: CaseListState,
) -> None:
    desk.choose("accept")
    record = adapt_again(desk)
    page = desk.page()
    assert verdict_widget(page, "decision").value == "accept"
    assert "accepted · given for Prototypical" in summary_of(page)
    verdict_widget(page, "decision").set_value("reject").run()
    assert desk.last().adaptation_id == record.id
    assert "given for" not in summary_of(desk.page())


def test_a_verdict_on_another_answer_must_be_given_again_after_adapting_again(
    desk: CaseListState,
) -> None:
    desk.choose("accept")
    adapt_again(desk)
    desk.name_nothing()
    page = desk.page()
    assert verdict_widget(page, "decision").value is None
    assert "accepted when it said: bright" in summary_of(page)
    assert "(Prototypical" in summary_of(page)


def test_who_has_seen_an_answer_is_not_asked_to_name_a_condition_before_it(
    desk: CaseListState,
) -> None:
    desk.choose("accept")
    change_preferences(desk.here, desk.workspace.id, commits_first=True)
    record = adapt_again(desk)
    workspace = desk.here.workspace(desk.workspace.id)
    assert withheld_cases(desk.here, record, workspace) == frozenset()


def test_the_log_says_how_many_verdicts_were_there_when_it_was_adapted_again(
    desk: CaseListState,
) -> None:
    desk.choose("accept")
    desk.choose("reject")
    adapt_again(desk)
    adapted = [line for line in desk.here.audit(desk.workspace.id) if line.kind == "adapt"]
    assert [line.detail["cases_with_verdict"] for line in adapted] == [0, 1]


# Report and session file


def made_report(desk: CaseListState) -> object:
    page = run_until_done(desk.open_page("report", w=desk.workspace.id))
    run_until_done(page.button(key="make-report").click().run())
    job = report_job(desk.workspace.id)
    assert job is not None and job.state == "done"
    return job.result.report


def test_no_form_of_the_report_prints_a_verdict_beside_another_answer(desk: CaseListState) -> None:
    desk.name_nothing()
    desk.choose("rightly-unnamed")
    desk.name_something()
    report = made_report(desk)
    words = "Right not to name a condition — given when it said: None of these"
    assert words in to_html(report)
    assert "The answer printed here has no verdict yet" in to_html(report)
    assert to_pdf(report).startswith(b"%PDF-")
    (row, *_) = csv.DictReader(io.StringIO(to_csv(report).removeprefix("\ufeff")))
    assert (row["verdict"], row["verdict_at"], row["reader_sees"]) == ("", "", "")
    assert row["earlier_verdict"] == "rightly-unnamed"
    assert row["judged_outcome"] == "none-of-these"
    assert "min_typicality=1.0" in row["judged_thresholds"]
    (case,) = json.loads(to_json(report))["cases"]
    assert case["verdict"] is None
    assert case["earlier_verdict"]["answer"]["outcome"] == "none-of-these"


def test_the_report_says_for_which_adaptation_a_verdict_was_given(desk: CaseListState) -> None:
    desk.choose("accept")
    adapt_again(desk)
    report = made_report(desk)
    assert "Accepted (given for Prototypical" in to_html(report)
    (case,) = json.loads(to_json(report))["cases"]
    assert case["verdict"]["decision"] == "accept"
    assert case["verdict"]["answer"]["condition"] == "bright"
    assert case["verdict"]["given_for"]["method"] == "prototypical"
    (row, *_) = csv.DictReader(io.StringIO(to_csv(report).removeprefix("\ufeff")))
    assert (row["verdict"], row["judged_method"]) == ("accept", "prototypical")


def test_a_report_made_before_the_rule_or_a_verdict_changed_says_so(desk: CaseListState) -> None:
    made_report(desk)
    desk.name_nothing()
    page = run_until_done(desk.open_page("report", w=desk.workspace.id))
    assert "have changed since this report" in summary_of(page)
    made_report(desk)
    desk.choose("rightly-unnamed")
    page = run_until_done(desk.open_page("report", w=desk.workspace.id))
    assert "have changed since this report" in summary_of(page)


def test_a_session_file_carries_what_was_classified(desk: CaseListState) -> None:
    desk.choose("accept")
    adapt_again(desk)
    copy = read_session_file(desk.here, write_session_file(desk.here, desk.workspace.id))
    (verdict,) = desk.here.verdicts(copy.id)
    assert verdict.answer == desk.last().answer
    record = desk.here.adaptations(copy.id)[-1]
    (review,) = reviews_of(desk.here, record).values()
    assert review.given_for is not None and review.given_for.method == "prototypical"
