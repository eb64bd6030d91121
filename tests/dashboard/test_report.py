import hashlib
import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from taught import adapt_to_examples, add_cases, add_examples, page_text, run_until_done

from medmeta_core.casework import (
    ReportResult,
    answers_of,
    cases_of,
    change_preferences,
    report_job,
    reviews_of,
    start_classifying,
)
from medmeta_core.reporting import to_csv, to_json, to_pdf
from medmeta_core.workspace import (
    AdaptationRecord,
    RefusalRecord,
    Role,
    Store,
    VerdictRecord,
    Workspace,
)

OpenPage = Callable[..., AppTest]


@pytest.fixture
def workspace(here: Store) -> Workspace:
    workspace = here.create_workspace("Rare eyes")
    examples = add_examples(here, workspace, n=4)
    here.exclude(workspace.id, [examples[0].id], "blurred")
    return workspace


@pytest.fixture
def record(here: Store, workspace: Workspace) -> AdaptationRecord:
    record = adapt_to_examples(here, workspace)
    cases = add_cases(here, workspace, 30, 220)
    assert start_classifying(here, record, cases).wait(120)
    here.save_verdict(workspace.id, VerdictRecord(cases[0].id, record.id, "before-reveal", "dark"))
    here.save_verdict(
        workspace.id, VerdictRecord(cases[0].id, record.id, "accept", comment="as I thought")
    )
    here.add_refusals(workspace.id, [RefusalRecord("Mr Smith.exe", "not-an-image", "Not read.")])
    return record


def made_report(page: AppTest, workspace: Workspace) -> ReportResult:
    run_until_done(page.button(key="make-report").click().run())
    job = report_job(workspace.id)
    assert job is not None and job.state == "done"
    return job.result


def test_a_report_holds_cases_verdicts_exclusions_and_refusals(
    workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    report = made_report(open_page("report", w=workspace.id), workspace).report
    first, second = report.cases
    assert (first.alias, second.alias) == ("C1", "C2")
    assert first.verdict is not None and first.verdict.comment == "as I thought"
    assert first.first_impression is not None and first.first_impression.condition == "dark"
    assert second.verdict is None
    excluded = {summary.name: summary.exclusions for summary in report.conditions}
    assert [exclusion.reason for exclusion in excluded["dark"]] == ["blurred"]
    assert [refusal.rule for refusal in report.refusals] == ["not-an-image"]


def test_the_first_impression_is_the_first_one_and_the_verdict_the_last(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    case = here.images(workspace.id, role=Role.CASE)[0]
    here.save_verdict(workspace.id, VerdictRecord(case.id, record.id, "before-reveal", "bright"))
    here.save_verdict(workspace.id, VerdictRecord(case.id, record.id, "reject"))
    review = reviews_of(here, record)[case.id]
    reported = made_report(open_page("report", w=workspace.id), workspace).report.cases[0]
    for impression in (review.first_impression, reported.first_impression):
        assert impression is not None and impression.condition == "dark"
    for verdict in (review.verdict, reported.verdict):
        assert verdict is not None and verdict.decision == "reject"


def test_a_case_that_waits_for_the_reviewers_own_word_is_withheld(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    made_report(open_page("report", w=workspace.id), workspace)
    change_preferences(here, workspace.id, commits_first=True)
    page = run_until_done(open_page("report", w=workspace.id))
    assert "One case is withheld" in page_text(page)
    assert "SHA-256" not in page_text(page), "the report made before still shows the answer"
    result = made_report(page, workspace)
    assert [case.alias for case in result.report.cases] == ["C1"]


def test_after_adapting_again_the_report_classifies_the_cases_itself(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    second = adapt_to_examples(here, workspace)
    assert answers_of(here, second) == {}
    result = made_report(run_until_done(open_page("report", w=workspace.id)), workspace)
    assert [case.alias for case in result.report.cases] == ["C1", "C2"]
    assert set(answers_of(here, second)) == set(result.order.case_ids)


def test_the_stated_digest_is_that_of_the_session_file_beside_it(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    page = open_page("report", w=workspace.id)
    result = made_report(page, workspace)
    assert result.report.session_digest == hashlib.sha256(result.session_file.read()).hexdigest()
    assert result.report.audit_head == here.audit_head(workspace.id)
    assert result.report.session_digest in page_text(page)


def test_the_report_of_a_deleted_workspace_is_let_go_with_its_session_file(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    session_file = made_report(open_page("report", w=workspace.id), workspace).session_file
    assert report_job(workspace.id) is not None and not session_file.closed
    page = open_page("start")
    page.checkbox(key=f"sure-{workspace.id}").check().run()
    page.button(key=f"delete-{workspace.id}").click().run()
    assert report_job(workspace.id) is None


def test_no_form_of_the_report_names_a_file(
    workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    result = made_report(open_page("report", w=workspace.id), workspace)
    for content in (result.html, to_csv(result.report), to_json(result.report)):
        assert "Smith" not in content
    assert to_pdf(result.report).startswith(b"%PDF")


def test_the_report_holds_the_cases_that_were_chosen(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    page = open_page("report", w=workspace.id)
    (cases,) = page.multiselect
    cases.set_value([cases.value[1]]).run()
    result = made_report(page, workspace)
    assert [case.alias for case in result.report.cases] == ["C2"]


def test_the_report_says_what_the_store_says(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    result = made_report(open_page("report", w=workspace.id), workspace)
    answers = list(answers_of(here, record).values())
    probabilities = [case.prediction.probabilities for case in result.report.cases]
    assert probabilities == [answer.prediction.probabilities for answer in answers]
    assert json.loads(to_json(result.report))


def test_a_refresh_finds_the_report_and_a_change_is_reported(
    workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    made_report(open_page("report", w=workspace.id), workspace)
    page = run_until_done(open_page("report", w=workspace.id))
    assert "make it again" not in page_text(page)
    page.text_input(key=f"title-{workspace.id}").set_value("Tumour board").run()
    assert "make it again" in page_text(page)


def test_a_report_of_another_adaptation_is_labelled_as_such(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    made_report(open_page("report", w=workspace.id), workspace)
    second = adapt_to_examples(here, workspace)
    assert start_classifying(here, second, cases_of(here, workspace.id)).wait(120)
    assert "make it again" in page_text(run_until_done(open_page("report", w=workspace.id)))
    change_preferences(here, workspace.id, adaptation_id=record.id)
    assert "make it again" not in page_text(run_until_done(open_page("report", w=workspace.id)))


def test_a_report_in_chinese(
    workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    result = made_report(open_page("report", w=workspace.id, lang="zh"), workspace)
    assert result.report.language == "zh"
