"""Verdicts, Stop and restarts as a reader's hands meet them, in a real browser."""

import json
import re
from pathlib import Path

import pytest
from chromium import settled
from playwright.sync_api import Locator, Page, expect
from running_server import RunningServer
from steps import (
    JOB_MS,
    adapt,
    classify,
    go_to,
    make_report,
    open_demo,
    press,
    take_away,
    widget,
    workspace_of,
)

pytestmark = pytest.mark.browser
COMPARE = "Compare with the examples"
LINE = "Draw a line between the conditions"
RETRAIN = "Adjust the network itself"


@pytest.fixture
def reader(server: RunningServer, page: Page) -> Page:
    """A reader before the drawn chest radiographs, classified with prototypes."""
    open_demo(page, server.url, "chest_radiograph")
    choose_method(page, COMPARE)
    adapt(page)
    classify(page)
    return page


def choose_method(page: Page, kind: str) -> None:
    """The first method of a kind."""
    go_to(page, "Adapt")
    widget(page, "adapt-method").get_by_text(kind, exact=True).click()
    settled(page)


def move(page: Page, slider: str, key: str) -> None:
    """To one end of a slider."""
    page.locator(f'[class*="st-key-{slider}-"]').get_by_role("slider").press(key)
    settled(page)


def name_little(page: Page) -> None:
    """The strictest thresholds: the case looked at is not named."""
    move(page, "min_right", "End")
    move(page, "min_typicality", "End")
    expect(widget(page, "answer").locator(".headline")).not_to_contain_text("Most similar to")


def name_much(page: Page) -> None:
    """The least strict thresholds."""
    move(page, "min_right", "Home")
    move(page, "min_typicality", "Home")


def look_at_one_named(page: Page) -> None:
    """A case that is named under the least strict thresholds, and not under the strictest."""
    name_much(page)
    tiles = widget(page, "case-list").locator(".tile")
    tiles.filter(has_not_text=re.compile("Not sure|None of these")).first.click()
    settled(page)
    expect(widget(page, "answer").locator(".headline")).to_contain_text("Most similar to")


def choice(page: Page, name: str) -> Locator:
    """One of the choices of a verdict."""
    group = page.locator('[class*="st-key-verdict-decision-"]')
    return group.get_by_role("radio", name=name).or_(group.get_by_role("button", name=name)).first


def stop_button(page: Page) -> Locator:
    return page.locator('[class*="st-key-stop-"]').get_by_role("button")


def line(page: Page) -> Locator:
    """What the list says of the case that is looked at."""
    return widget(page, "case-list").locator('.tile[aria-pressed="true"]')


def test_a_verdict_on_not_named_is_never_printed_beside_a_name(reader: Page) -> None:
    look_at_one_named(reader)
    name_little(reader)
    choice(reader, "Right not to name one").click()
    expect(reader.get_by_text(re.compile("Saved at"))).to_be_visible()
    expect(line(reader)).to_contain_text("right not to name one")
    name_much(reader)
    expect(widget(reader, "answer").locator(".headline")).to_contain_text("Most similar to")
    expect(line(reader)).to_contain_text("right not to name one when it said:")
    expect(line(reader)).to_contain_text("no verdict yet")
    expect(reader.get_by_text("please give your verdict")).to_be_visible()
    expect(choice(reader, "Accept")).to_be_visible()
    expect(reader.get_by_text(re.compile("Saved at"))).to_have_count(0)
    make_report(reader)
    (case,) = [
        case
        for case in json.loads(take_away(reader, "download-json"))["cases"]
        if case["earlier_verdict"]
    ]
    assert case["verdict"] is None and case["prediction"]["abstention"] is None
    assert case["earlier_verdict"]["decision"] == "rightly-unnamed"
    page = take_away(reader, "download-html").decode()
    assert "Right not to name a condition — given when it said:" in page
    assert "The answer printed here has no verdict yet." in page


def test_what_the_reader_sees_and_says_outlives_adapting_again(reader: Page) -> None:
    name_little(reader)
    ranked = widget(reader, "answer").locator("li .name").all_inner_texts()
    condition = ranked[-1][1:].strip()  # behind its symbol
    choice(reader, condition).click()
    expect(reader.get_by_text(re.compile("Saved at"))).to_be_visible()
    comment = reader.locator('[class*="st-key-verdict-comment-"]').get_by_role("textbox")
    comment.fill("blunted angle")
    comment.press("Enter")
    settled(reader)
    choose_method(reader, LINE)
    adapt(reader)
    classify(reader)
    expect(line(reader)).to_contain_text(condition)
    expect(line(reader)).to_contain_text("Prototypical")
    comment = reader.locator('[class*="st-key-verdict-comment-"]').get_by_role("textbox")
    expect(comment).to_have_value("blunted angle")


def test_stop_says_so_at_once_and_replaces_nothing(reader: Page) -> None:
    go_to(reader, "Adapt")
    before = reader.get_by_role("heading", level=3).all_inner_texts()
    choose_method(reader, RETRAIN)
    press(reader, "adapt")
    stop = stop_button(reader)
    stop.click(timeout=JOB_MS)
    expect(reader.get_by_text("Stopping…").or_(reader.get_by_text("Stopped.")).first).to_be_visible(
        timeout=10_000
    )
    expect(reader.get_by_text("Stopped. The previous adaptation is kept.")).to_be_visible(
        timeout=JOB_MS
    )
    assert reader.get_by_role("heading", level=3).all_inner_texts() == before
    reader.reload()
    settled(reader)
    assert reader.get_by_role("heading", level=3).all_inner_texts() == before


def test_work_that_a_killed_server_lost_is_offered_again(
    server: RunningServer, reader: Page
) -> None:
    choose_method(reader, RETRAIN)
    press(reader, "adapt")
    expect(stop_button(reader)).to_be_visible(timeout=JOB_MS)
    assert len(list((Path(server.home) / "jobs").iterdir())) == 1
    server.kill()
    server.start()
    reader.goto(f"{server.url}/adapt?w={workspace_of(reader)}")
    expect(reader.get_by_text("was interrupted when MedMeta ended")).to_be_visible(timeout=JOB_MS)
    reader.get_by_role("button", name="Start it again").click()
    expect(stop_button(reader)).to_be_visible(timeout=JOB_MS)
    expect(reader.get_by_text("was interrupted when MedMeta ended")).to_have_count(0)
    stop_button(reader).click()
    expect(reader.get_by_text("Stopped. The previous adaptation is kept.")).to_be_visible(
        timeout=JOB_MS
    )
    reader.reload()
    settled(reader)
    expect(reader.get_by_text("was interrupted")).to_have_count(0)  # whoever stops wants no more
