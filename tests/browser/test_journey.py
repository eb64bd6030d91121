"""The whole way in a real browser: from a handful of examples to a report."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from running_server import RunningServer
from steps import (
    JOB_MS,
    adapt,
    choose,
    classify,
    counts,
    go_to,
    make_report,
    mark,
    open_demo,
    press,
    relabel_marked,
    take_away,
    tiles,
    widget,
    workspace_of,
)
from uploads import bad_files, drawn_folder, new_case, one_dicom_file_of_each, some_of

from dashboard.i18n import texts
from medmeta_core.languages import LANGUAGES

pytestmark = pytest.mark.browser
BANNER = "Research and education only"
COUNT_CLICKS = """addEventListener("pointerdown", () => {
  sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1;
}, true)"""


def test_a_demo_leads_from_one_click_to_a_report(server: RunningServer, page: Page) -> None:
    open_demo(page, server.url, "chest_radiograph")
    assert set(counts(page).values()) == {6}
    adapt(page)
    go_to(page, "Explore")
    expect(page.get_by_role("img", name="Embedding map")).to_be_visible(timeout=JOB_MS)
    expect(widget(page, "explore-images").locator(".tile")).to_have_count(24 + 6)
    classify(page)
    expect(widget(page, "case-list").locator(".tile")).to_have_count(6)
    make_report(page)
    assert take_away(page, "download-pdf").startswith(b"%PDF-")
    assert BANNER in take_away(page, "download-html").decode()
    assert len(json.loads(take_away(page, "download-json"))["cases"]) == 6


def test_the_banner_stands_on_every_page_in_each_language(
    server: RunningServer, page: Page
) -> None:
    for language in LANGUAGES:
        words = texts(language)["app"]["banner"]  # type: ignore[index,call-overload]
        for name in ("", "examples", "adapt", "explore", "classify", "report", "about"):
            page.goto(f"{server.url}/{name}?lang={language}")
            expect(page.get_by_text(words).first).to_be_visible()


@pytest.mark.parametrize("source", ["drawn", "busi_breast_ultrasound", "ham10000"])
def test_an_own_folder_gives_a_first_result_within_six_clicks(
    source: str, server: RunningServer, page: Page, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if source == "drawn":
        folder, case = drawn_folder(tmp_path, n_examples=3), new_case()
    else:
        images: Path = request.getfixturevalue("shared") / "data/images" / source
        folder = some_of(images, tmp_path / source, n_examples=5)
        case = max(sorted(images.glob("*/"))[0].iterdir())
    page.add_init_script(COUNT_CLICKS)
    page.goto(server.url)
    press(page, "create-workspace")
    choose(page, "examples-folder", folder)
    expect(tiles(page)).to_have_count(len(list(folder.glob("*/*"))), timeout=JOB_MS)
    assert set(counts(page)) == {path.name for path in folder.iterdir()}
    press(page, "next-adapt")
    press(page, "adapt")
    expect(widget(page, "next-classify")).to_be_visible(timeout=JOB_MS)
    press(page, "next-classify")
    choose(page, "classify-files", [case])
    expect(widget(page, "answer").locator(".headline")).to_be_visible(timeout=JOB_MS)
    expect(widget(page, "viewer").locator("canvas").first).to_be_visible()
    assert 4 < int(page.evaluate("sessionStorage.clicks")) <= 6


def test_what_cannot_be_read_is_refused_and_the_rest_goes_on(
    server: RunningServer, page: Page, tmp_path: Path
) -> None:
    bad = bad_files(tmp_path)
    page.goto(server.url)
    press(page, "create-workspace")
    choose(page, "examples-files", [*bad[:3], new_case(), *bad[3:]])
    expect(tiles(page)).to_have_count(1, timeout=JOB_MS)
    refused = page.get_by_text(f"{len(bad)} files")
    expect(refused.first).to_be_visible()


def test_real_dicom_files_are_shown_with_windows(
    server: RunningServer, page: Page, shared: Path
) -> None:
    files = one_dicom_file_of_each(("CT", "MR", "US", "DX"), shared / "dicom")
    page.goto(server.url)
    press(page, "create-workspace")
    choose(page, "examples-files", files)
    expect(tiles(page)).to_have_count(len(files), timeout=JOB_MS)
    tiles(page).first.dblclick()
    viewer = page.get_by_role("dialog").locator(".viewer")
    expect(viewer.locator("canvas").first).to_be_visible()
    expect(viewer.locator("select.preset")).to_contain_text("Lung")


def test_a_refresh_a_second_tab_and_a_restart_find_everything(
    server: RunningServer, page: Page
) -> None:
    open_demo(page, server.url, "blood_smear")
    mark(page, 0)
    relabel_marked(page, "Seen by me")
    before = counts(page)
    assert before["Seen by me"] == 1
    second = page.context.new_page()
    second.goto(page.url)
    expect(tiles(second)).to_have_count(30)
    page.reload()
    expect(tiles(page)).to_have_count(30)
    server.stop()
    server.start()
    for tab in (page, second):
        tab.reload()
        expect(tiles(tab)).to_have_count(30, timeout=JOB_MS)
        assert counts(tab) == before


def test_killing_the_server_while_labelling_loses_nothing_that_was_confirmed(
    server: RunningServer, page: Page
) -> None:
    open_demo(page, server.url, "blood_smear")
    for number in range(3):
        mark(page, 0)
        relabel_marked(page, f"Mine {number}")
    confirmed = counts(page)
    mark(page, 0)
    relabel_marked(page, "Perhaps", is_awaited=False)
    server.kill()
    server.start()
    page.reload()
    expect(tiles(page)).to_have_count(30, timeout=JOB_MS)
    after = counts(page)
    assert after in (confirmed, {**confirmed, **after, "Perhaps": 1})
    assert {name: after[name] for name in after if name.startswith("Mine")} == {
        f"Mine {number}": 1 for number in range(3)
    }
    assert workspace_of(page)
