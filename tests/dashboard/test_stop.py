"""Stop stops: what was stopped replaces nothing, and what a restart lost is offered again."""

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from taught import (
    adapt_to_examples,
    add_cases,
    add_examples,
    home_of,
    keys_of,
    lose,
    page_text,
    picture_bytes,
    run_until_done,
)

from medmeta_core.casework import (
    Choice,
    adapting_job,
    change_preferences,
    open_demo,
    preferences_of,
    start_adapting,
    start_classifying,
)
from medmeta_core.casework.intake import Intake, start_intake
from medmeta_core.demo import demo_sets
from medmeta_core.imaging import Upload
from medmeta_core.jobs.job import Job
from medmeta_core.methods import METHODS
from medmeta_core.paths import assets_folder
from medmeta_core.progress import Progress
from medmeta_core.workspace import Role, Store, Workspace

OpenPage = Callable[..., AppTest]
PATIENCE_SECONDS = 60
SLOW = Choice("maml", METHODS["maml"].backbone)
QUICK = Choice("prototypical", METHODS["prototypical"].backbone)


@pytest.fixture
def workspace(here: Store) -> Workspace:
    workspace = here.create_workspace("Rare eyes")
    add_examples(here, workspace, n=6)
    return workspace


def under_way(job: Job, beyond: float = 0.15) -> Job:
    """The job once it is well inside its long part."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while job.fraction < beyond:
        assert job.state == "running" and time.monotonic() < ends
        time.sleep(0.005)
    return job


def stopped(job: Job) -> Job:
    job.stop()
    assert job.wait(PATIENCE_SECONDS)
    assert (job.state, job.result) == ("stopped", None)
    return job


def test_an_adapting_that_is_stopped_replaces_nothing(here: Store, workspace: Workspace) -> None:
    record = adapt_to_examples(here, workspace)
    stopped(under_way(start_adapting(here, workspace.id, [SLOW])))
    assert [one.id for one in here.adaptations(workspace.id)] == [record.id]
    assert preferences_of(here.workspace(workspace.id)).adaptation_id == record.id


def test_of_two_methods_none_is_kept_where_the_second_is_stopped(
    here: Store, workspace: Workspace
) -> None:
    record = adapt_to_examples(here, workspace)
    change_preferences(here, workspace.id, adaptation_id="")  # the newest is in use
    stopped(under_way(start_adapting(here, workspace.id, [QUICK, SLOW]), beyond=0.55))
    assert [one.id for one in here.adaptations(workspace.id)] == [record.id]


def test_adapting_goes_on_at_once_after_a_stop(here: Store, workspace: Workspace) -> None:
    slow = under_way(start_adapting(here, workspace.id, [SLOW]))
    slow.stop()
    quick = start_adapting(here, workspace.id, [QUICK])
    assert quick is not slow and quick.wait(PATIENCE_SECONDS)
    assert slow.wait(PATIENCE_SECONDS)
    assert [one.method for one in here.adaptations(workspace.id)] == ["prototypical"]


def test_classifying_that_is_stopped_saves_no_more_answers(
    here: Store, workspace: Workspace
) -> None:
    record = adapt_to_examples(here, workspace)
    cases = add_cases(here, workspace, *range(20, 240, 5))
    job = under_way(start_classifying(here, record, cases), beyond=0.05)
    stopped(job)
    n_answers = len(here.results(workspace.id))
    assert 0 < n_answers < len(cases)
    time.sleep(0.3)
    assert len(here.results(workspace.id)) == n_answers


def test_a_demo_whose_opening_is_stopped_leaves_no_half_of_it(here: Store) -> None:
    demo = demo_sets(assets_folder())[0]
    before = here.workspaces()
    fractions: list[float] = []

    def stop_half_way(fraction: float, label: str) -> None:
        fractions.append(fraction)
        if fraction > 0.4:
            job.stop()
            job.check()

    job = Job("Opening", key="opening")
    job.run(lambda progress: open_demo(here, demo, "Demo", stop_half_way))
    assert job.state == "stopped" and max(fractions) > 0.4
    assert here.workspaces() == before


@pytest.mark.parametrize("method", [name for name in METHODS if name != "matching-fce"])
def test_every_method_says_from_inside_how_far_it_is(
    here: Store, workspace: Workspace, method: str
) -> None:
    """No bar stands at one place while the work behind it goes on for long."""
    fractions: list[float] = []

    class Told(Job):
        def _tell(self, fraction: float, message: str) -> None:
            super()._tell(fraction, message)
            fractions.append(self.fraction)

    job = Told("x", key="x")

    def work(progress: Progress) -> None:
        from medmeta_core.casework.adapting import _adapted

        choice = Choice(method, METHODS[method].backbone)
        _adapted(here, workspace.id, choice=choice, progress=progress)

    job.run(work)
    assert fractions == sorted(fractions), "a bar never goes back"
    steps = [after - before for before, after in zip(fractions, fractions[1:], strict=False)]
    assert max(steps) <= 1 / 3 + 0.01, "three folds are the fewest that a method leaves out"


# After a restart


def test_lost_adapting_is_reported_on_the_page_and_started_again(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    choices = [[QUICK.method, QUICK.backbone]]
    key = f"adapt-{workspace.id}"
    note = lose(home_of(here), key, kind="adapt", workspace_id=workspace.id, choices=choices)
    page = open_page("adapt", w=workspace.id)
    assert "Adapting with Prototyp" in page_text(page) and "was interrupted" in page_text(page)
    run_until_done(page.button(key=f"lost-again-{note.stem}").click().run())
    job = adapting_job(workspace.id)
    assert job is not None and job.wait(PATIENCE_SECONDS)
    assert [one.method for one in here.adaptations(workspace.id)] == ["prototypical"]
    assert not note.exists()
    assert "was interrupted" not in page_text(open_page("adapt", w=workspace.id))


def test_lost_classifying_goes_on_where_the_page_classifies_by_itself(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    record = adapt_to_examples(here, workspace)
    add_cases(here, workspace, 30, 220)
    key = f"classify-{record.id}"
    note = lose(home_of(here), key, kind="classify", adaptation_id=record.id)
    page = open_page("examples", w=workspace.id)
    assert "Classifying the cases with Prototyp" in page_text(page)
    page = run_until_done(open_page("classify", w=workspace.id))
    assert len(here.results(workspace.id, record.id)) == 2
    assert f"lost-again-{note.stem}" not in keys_of(run_until_done(page.run()))


@pytest.mark.parametrize("kind", ["classify", "map", "report"])
def test_other_lost_work_is_started_again_from_any_page(
    here: Store, workspace: Workspace, open_page: OpenPage, kind: str
) -> None:
    record = adapt_to_examples(here, workspace)
    (case,) = add_cases(here, workspace, 220)
    order = {"title": "T", "operator": "O", "language": "en", "case_ids": [case.id]}
    again = {"kind": kind, "adaptation_id": record.id, "projection": "pca", "order": order}
    note = lose(home_of(here), f"{kind}-key", **again)
    page = open_page("examples", w=workspace.id)
    assert "was interrupted" in page_text(page)
    page.button(key=f"lost-again-{note.stem}").click().run()
    assert not page.exception and not page.error
    assert "was interrupted" not in page_text(open_page("examples", w=workspace.id))


def test_lost_uploads_are_reported_and_cannot_be_started_again(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    note = lose(home_of(here), "intake-key", kind="intake", workspace_id=workspace.id, n=12)
    page = open_page("examples", w=workspace.id)
    assert "Reading 12 files was interrupted" in page_text(page)
    assert f"lost-again-{note.stem}" not in keys_of(page)
    page.button(key=f"lost-dismiss-{note.stem}").click().run()
    assert "was interrupted" not in page_text(page)


def test_a_lost_upload_is_reported_until_it_is_dismissed_whatever_else_is_uploaded(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    intake = Intake(workspace, Role.EXAMPLE)
    note = lose(home_of(here), intake.key, kind="intake", workspace_id=workspace.id, n=12)
    assert start_intake(here, intake, [Upload("new.png", picture_bytes(5, 90))]).wait(
        PATIENCE_SECONDS
    )
    page = open_page("examples", w=workspace.id)
    assert "Reading 12 files was interrupted" in page_text(page)
    page.button(key=f"lost-dismiss-{note.stem}").click().run()
    assert "was interrupted" not in page_text(page)


def test_uploads_that_were_lost_side_by_side_are_both_reported(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    notes = [
        lose(home_of(here), "intake-key", kind="intake", workspace_id=workspace.id, n=n)
        for n in (12, 7)
    ]
    page = open_page("examples", w=workspace.id)
    assert not page.exception and not page.error
    assert "Reading 12 files" in page_text(page) and "Reading 7 files" in page_text(page)
    page.button(key=f"lost-dismiss-{notes[0].stem}").click().run()
    assert "Reading 12 files" not in page_text(page) and "Reading 7 files" in page_text(page)


def test_what_belongs_to_nothing_here_is_forgotten_and_breaks_no_page(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    notes = [
        lose(home_of(here), "a", kind="adapt", workspace_id="0" * 32, choices=[]),
        lose(home_of(here), "b", kind="map", adaptation_id="0" * 32),
        lose(home_of(here), "c", kind="unheard-of", workspace_id=workspace.id),
        lose(home_of(here), "d"),
    ]
    page = open_page("examples", w=workspace.id)
    assert "was interrupted" not in page_text(page)
    assert not page.exception and not page.error
    assert not any(note.exists() for note in notes)


def test_another_workspace_does_not_tell_of_it(
    here: Store, workspace: Workspace, open_page: OpenPage
) -> None:
    other = here.create_workspace("Another")
    lose(home_of(here), "key", kind="intake", workspace_id=other.id, n=1)
    assert "was interrupted" not in page_text(open_page("examples", w=workspace.id))
    assert "was interrupted" in page_text(open_page("examples", w=other.id))
