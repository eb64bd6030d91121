"""Cases that are examples, or of a patient among them: said everywhere, answered without these."""

import io
import json
from collections.abc import Callable

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from taught import (
    adapt_to_examples,
    add_cases,
    add_examples,
    page_text,
    picture_bytes,
    run_until_done,
)

from dashboard.classify.matching_words import match_line
from medmeta_core.casework import (
    answers_of,
    heat_map_job,
    matches_of,
    report_job,
    waiting_cases,
)
from medmeta_core.imaging import read_image
from medmeta_core.reporting import to_csv, to_html, to_json
from medmeta_core.workspace import (
    AdaptationRecord,
    NewImage,
    Role,
    Store,
    StoredImage,
    Workspace,
    read_session_file,
    write_session_file,
)

OpenPage = Callable[..., AppTest]


def bytes_of_example(brightness: int, k: int) -> bytes:
    """As `add_examples` made it."""
    return picture_bytes(100 * brightness + k, brightness)


def add_case(here: Store, workspace: Workspace, content: bytes) -> StoredImage:
    (case,) = here.add_images(workspace.id, [NewImage(read_image(content), "again.png", Role.CASE)])
    return case


def test_a_case_that_is_an_example_is_classified_without_it_and_says_so(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    case = add_case(here, workspace, bytes_of_example(40, 1))
    page = run_until_done(open_page("classify", w=workspace.id))
    answer = answers_of(here, record)[case.id]
    (example,) = (i for i in here.images(workspace.id) if i.name == "dark 1.png")
    assert answer.match is not None and answer.match.aliases == (example.alias,)
    near = [record.image_ids[one.index] for one in answer.prediction.similar_cases]
    assert example.id not in near and len(set(near)) == len(near) == 5
    assert all(one.condition == record.labels[one.index] for one in answer.prediction.similar_cases)
    assert f"This is the same file as example {example.alias}" in page_text(page)
    assert match_line(answer.match) == f"same file as {example.alias}"


def test_the_same_picture_in_other_bytes_is_known_too(
    here: Store, workspace: Workspace, record: AdaptationRecord
) -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(bytes_of_example(215, 2))).convert("RGB").save(out, "BMP")
    case = add_case(here, workspace, out.getvalue())
    match = matches_of(here, record, [case])[case.id]
    assert (match.examples.relation, match.is_classified) == ("same-picture", True)


def test_a_case_of_a_patient_among_the_examples_leaves_all_of_that_patient_out(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    dark = [image for image in here.images(workspace.id) if image.condition == "dark"]
    here.assign_patient(workspace.id, [image.id for image in dark[:2]], "a man")
    record = adapt_to_examples(here, workspace)
    stranger, of_patient = add_cases(here, workspace, 45, 60)
    here.assign_patient(workspace.id, [of_patient.id], "a man")
    page = run_until_done(open_page("classify", w=workspace.id, case=of_patient.id))
    answers = answers_of(here, record)
    assert answers[stranger.id].match is None
    match = answers[of_patient.id].match
    assert match is not None and match.examples.relation == "same-patient"
    assert match.left_out == tuple(image.alias for image in dark[:2])
    assert "This image is from the same patient as example" in page_text(page)


def test_a_case_said_to_be_of_another_patient_is_classified_anew(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    dark = [image for image in here.images(workspace.id) if image.condition == "dark"]
    here.assign_patient(workspace.id, [dark[0].id], "a man")
    record = adapt_to_examples(here, workspace)
    (case,) = add_cases(here, workspace, 45)
    run_until_done(open_page("classify", w=workspace.id))
    assert answers_of(here, record)[case.id].match is None
    here.assign_patient(workspace.id, [case.id], "a man")
    assert [one.id for one in waiting_cases(here, record)] == [case.id]
    run_until_done(open_page("classify", w=workspace.id))
    assert answers_of(here, record)[case.id].match is not None


def test_the_last_example_of_its_condition_is_not_classified_and_the_report_says_why(
    here: Store, open_page: OpenPage
) -> None:
    workspace = here.create_workspace("Two conditions")
    add_examples(here, workspace, n=3, kinds={"dark": 40})
    add_examples(here, workspace, n=1, kinds={"bright": 215})
    record = adapt_to_examples(here, workspace)
    case = add_case(here, workspace, bytes_of_example(215, 0))
    (other,) = add_cases(here, workspace, 50)
    page = run_until_done(open_page("classify", w=workspace.id, case=case.id))
    assert set(answers_of(here, record)) == {other.id}
    assert waiting_cases(here, record) == []
    assert "It was not classified: without E4 a condition would have no example left" in page_text(
        page
    )
    assert "waiting" not in page_text(page)
    page = run_until_done(open_page("report", w=workspace.id))
    assert "One case could not be classified without its own examples" in page_text(page)
    run_until_done(page.button(key="make-report").click().run())
    job = report_job(workspace.id)
    assert job is not None
    report = job.result.report
    (unclassified,) = json.loads(to_json(report))["unjudged_cases"]
    assert (unclassified["alias"], unclassified["own_examples"]["examples"]) == (case.alias, ["E4"])
    assert "It was not classified: without E4" in to_html(report)


def test_the_report_says_of_a_case_that_it_is_an_example(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    add_case(here, workspace, bytes_of_example(40, 1))
    page = run_until_done(open_page("report", w=workspace.id))
    run_until_done(page.button(key="make-report").click().run())
    job = report_job(workspace.id)
    assert job is not None
    report = job.result.report
    (case,) = json.loads(to_json(report))["cases"]
    (alias,) = case["own_examples"]["examples"]
    assert case["own_examples"]["left_out"] == [alias]
    assert f"This case is the same file as example {alias}" in to_html(report)
    assert f"same-file; {alias}" in to_csv(report)


def test_another_heat_map_of_such_a_case_is_made_without_its_example(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    case = add_case(here, workspace, bytes_of_example(40, 1))
    run_until_done(open_page("classify", w=workspace.id))
    stored = answers_of(here, record)[case.id].heat_map
    assert stored is not None
    job = heat_map_job(here, record, case=case, condition=stored.condition)
    assert job.wait(120) and job.result.peak == pytest.approx(stored.peak)


def test_what_a_case_has_to_do_with_the_examples_outlives_a_session_file(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    add_case(here, workspace, bytes_of_example(40, 1))
    run_until_done(open_page("classify", w=workspace.id))
    opened = read_session_file(here, write_session_file(here, workspace.id))
    (again,) = here.adaptations(opened.id)
    (answer,) = answers_of(here, again).values()
    assert answer.match is not None and answer.match.examples.relation == "same-file"
