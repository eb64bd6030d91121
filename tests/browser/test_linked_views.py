"""What only a browser shows: the viewer's canvas, numbers and lasso that open their images."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import settled
from playwright.sync_api import Locator, Page, expect
from running_server import RunningServer
from steps import JOB_MS, adapt, choose, classify, go_to, open_demo, press, tiles, widget
from uploads import one_dicom_file_of_each

pytestmark = pytest.mark.browser
DRAWN = "canvas => canvas.toDataURL()"
COUNT_RUNS = """() => {
  window.runs = 0;
  new MutationObserver(() => { window.runs += 1; }).observe(document.querySelector(".stApp"), {
    attributes: true, attributeFilter: ["data-test-script-state"],
  });
}"""


@pytest.fixture
def taught(server: RunningServer, page: Page) -> Iterator[Page]:
    """A demo that is adapted."""
    open_demo(page, server.url, "chest_radiograph")
    adapt(page)
    yield page


def opened_pictures(page: Page) -> Locator:
    return widget(page, "adapt-images").locator(".tile")


def test_each_number_opens_as_many_images_as_it_says(taught: Page) -> None:
    figures = taught.locator(".confusion")
    for key in ("=", "0:0", "0:*"):
        number = figures.locator(f'button[data-key="{key}"]')
        if number.is_disabled():
            continue
        numbers = re.findall(r"\d+", number.inner_text())
        number.click()
        settled(taught)
        # "5 of 6" opens all six of the condition, "20 of 24 recognised" the twenty.
        expect(opened_pictures(taught)).to_have_count(int(numbers[1 if key == "0:*" else 0]))
        expect(number).to_have_attribute("aria-pressed", "true")


def test_a_lasso_opens_its_images_and_marks_go_both_ways(taught: Page) -> None:
    go_to(taught, "Explore")
    plot = widget(taught, "embedding-map").locator(".plot")
    pictures = widget(taught, "explore-images").locator(".tile")
    expect(pictures).to_have_count(30, timeout=JOB_MS)
    box = plot.bounding_box()
    assert box is not None
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.55), (0.02, 0.55), (0.02, 0.03)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    taught.mouse.move(*places[0])
    taught.mouse.down()
    for place in places[1:]:
        taught.mouse.move(*place, steps=8)
    taught.mouse.up()
    settled(taught)
    n_inside = pictures.count()
    assert 0 < n_inside < 30
    assert plot.locator("path:not(.outside)").count() == n_inside
    pictures.first.click()
    expect(plot.locator(".rings circle")).to_have_count(1)
    settled(taught)
    expect(pictures).to_have_count(n_inside)  # a mark leaves the lasso alone
    plot.locator("path:not(.outside)").last.click(force=True)
    settled(taught)
    assert widget(taught, "explore-images").locator('[aria-pressed="true"]').count() == 2
    widget(taught, "embedding-map").locator(".clear").click()
    expect(pictures).to_have_count(30)


def test_the_axes_turn_and_stay_turned_when_an_image_is_marked(taught: Page) -> None:
    go_to(taught, "Explore")
    widget(taught, "projection").get_by_role("radio", name="3-D").or_(
        widget(taught, "projection").get_by_role("button", name="3-D")
    ).first.click()
    space = widget(taught, "embedding-space")
    expect(space.locator("canvas").first).to_be_visible(timeout=JOB_MS)
    settled(taught)
    taught.wait_for_timeout(1000)  # the axes are drawn
    straight = space.screenshot()
    box = space.bounding_box()
    assert box is not None
    taught.mouse.move(box["x"] + 300, box["y"] + 200)
    taught.mouse.down()
    taught.mouse.move(box["x"] + 450, box["y"] + 240, steps=8)
    taught.mouse.up()
    taught.mouse.move(5, 5)  # no name stands beside a point
    taught.wait_for_timeout(1000)
    turned = space.screenshot()
    assert turned != straight
    widget(taught, "explore-images").locator(".tile").nth(1).click()
    expect(taught.get_by_text("Most similar to")).to_be_visible()
    settled(taught)
    taught.mouse.move(5, 5)
    assert space.screenshot() == turned
    assert space.locator("a, .modebar-btn").count() == 0


def test_the_viewer_zooms_moves_and_fades_its_heat_map_without_a_rerun(taught: Page) -> None:
    classify(taught)
    expect(taught.get_by_text("waiting")).to_have_count(0, timeout=JOB_MS)
    expect(taught.get_by_role("progressbar")).to_have_count(0, timeout=JOB_MS)
    settled(taught)
    viewer = widget(taught, "viewer").locator(".viewer")
    plain, overlay = viewer.locator("canvas").all()
    expect(overlay).to_be_visible(timeout=JOB_MS)
    taught.evaluate(COUNT_RUNS)
    untouched = plain.evaluate(DRAWN), overlay.evaluate(DRAWN)
    assert untouched[0] != untouched[1]
    plain.hover()
    taught.wait_for_timeout(400)  # the page has come to rest
    taught.mouse.wheel(0, -400)
    expect(viewer.locator(".zoom")).not_to_have_text("100 %")
    assert plain.evaluate(DRAWN) != untouched[0]
    viewer.focus()
    taught.keyboard.press("0")
    expect(viewer.locator(".zoom")).to_have_text("100 %")
    assert plain.evaluate(DRAWN) == untouched[0]
    taught.keyboard.press("h")
    assert overlay.evaluate(DRAWN) == plain.evaluate(DRAWN)
    taught.keyboard.press("h")
    assert overlay.evaluate(DRAWN) == untouched[1]
    assert taught.evaluate("window.runs") == 0


def test_a_window_preset_and_a_drag_change_a_ct_in_the_browser(
    server: RunningServer, page: Page, shared: Path
) -> None:
    files = one_dicom_file_of_each(("CT",), shared / "dicom")
    page.goto(server.url)
    press(page, "create-workspace")
    choose(page, "examples-files", files)
    expect(tiles(page)).to_have_count(1, timeout=JOB_MS)
    tiles(page).first.dblclick()
    viewer = page.get_by_role("dialog").locator(".viewer")
    canvas = viewer.locator("canvas").first
    expect(canvas).to_be_visible()
    page.wait_for_timeout(500)
    as_stored = canvas.evaluate(DRAWN)
    viewer.locator("select.preset").select_option(label="Lung")
    expect(viewer.locator(".readout")).to_contain_text("L -600 · W 1500")
    assert canvas.evaluate(DRAWN) != as_stored
    viewer.locator(".tool").click()
    canvas.hover()
    page.mouse.down()
    page.mouse.move(700, 500, steps=5)
    page.mouse.up()
    expect(viewer.locator(".readout")).not_to_contain_text("L -600 · W 1500")
    viewer.locator(".reset").click()
    assert canvas.evaluate(DRAWN) == as_stored


def test_a_verdict_stands_there_again_after_a_refresh(taught: Page) -> None:
    classify(taught)
    taught.get_by_role("radio", name="Accept").or_(
        taught.get_by_role("button", name="Accept")
    ).first.click()
    expect(taught.get_by_text(re.compile("Saved at"))).to_be_visible()
    taught.reload()
    settled(taught)
    expect(taught.get_by_text(re.compile("Saved at"))).to_be_visible(timeout=JOB_MS)
    expect(widget(taught, "case-list").get_by_text("accepted")).to_have_count(1)
