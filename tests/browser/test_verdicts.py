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


@pytest.fixture
def reader(server: RunningServer, page: Page) -> Page:
    """A reader before the drawn chest radiographs, judged with prototypes."""
    open_demo(page, server.url, "chest_radiograph")
    choose_method(page, "Prototypical")
    adapt(page)
    classify(page)
    return page


def choose_method(page: Page, name: str) -> None:
    go_to(page, "Adapt")
    box = widget(page, "method").get_by_role("combobox")
    box.click()
    page.get_by_role("option", name=re.compile(name)).first.click()
    settled(page)


def move(page: Page, slider: str, key: str) -> None:
    """To one end of a slider."""
    page.locator(f'[class*="st-key-{slider}-"]').get_by_role("slider").press(key)
    settled(page)


def choice(page: Page, name: str) -> Locator:
    """One of the choices of a verdict."""
    group = page.locator('[class*="st-key-verdict-decision-"]')
    return group.get_by_role("radio", name=name).or_(group.get_by_role("button", name=name)).first


def line(page: Page) -> Locator:
    """What the list says of the case that is looked at."""
    return widget(page, "case-list").locator('.tile[aria-pressed="true"]')


def test_a_verdict_on_not_named_is_never_printed_beside_a_name(reader: Page) -> None:
    move(reader, "min_typicality", "End")
    move(reader, "min_right", "End")
    expect(widget(reader, "answer").locator(".headline")).not_to_contain_text("Most similar to")
    choice(reader, "Right not to name one").click()
    expect(reader.get_by_text(re.compile("Saved at"))).to_be_visible()
    expect(line(reader)).to_contain_text("right not to name one")
    move(reader, "min_typicality", "Home")
    move(reader, "min_right", "Home")
    expect(widget(reader, "answer").locator(".headline")).to_contain_text("Most similar to")
    expect(line(reader)).to_contain_text("right not to name one when it said:")
    expect(line(reader)).to_contain_text("not judged yet")
    expect(reader.get_by_text("please judge it")).to_be_visible()
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
    assert "The answer printed here has not been judged." in page


def test_what_the_reader_sees_and_says_outlives_adapting_again(reader: Page) -> None:
    move(reader, "min_typicality", "End")
    move(reader, "min_right", "End")
    conditions = widget(reader, "answer").locator(".row .who").all_inner_texts()
    seen = conditions[-1].strip().split(maxsplit=1)[-1]
    choice(reader, seen).click()
    expect(reader.get_by_text(re.compile("Saved at"))).to_be_visible()
    comment = reader.locator('[class*="st-key-verdict-comment-"]').get_by_role("textbox")
    comment.fill("blunted angle")
    comment.press("Enter")
    settled(reader)
    choose_method(reader, "Ridge")
    adapt(reader)
    classify(reader)
    expect(line(reader)).to_contain_text(seen)
    expect(line(reader)).to_contain_text("Prototypical")
    comment = reader.locator('[class*="st-key-verdict-comment-"]').get_by_role("textbox")
    expect(comment).to_have_value("blunted angle")


def test_stop_says_so_at_once_and_replaces_nothing(reader: Page) -> None:
    go_to(reader, "Adapt")
    before = reader.get_by_role("heading", level=3).all_inner_texts()
    choose_method(reader, "MAML")
    press(reader, "adapt")
    stop = reader.get_by_role("button", name="Stop", exact=True)
    stop.click(timeout=JOB_MS)
    expect(reader.get_by_text("Stopping…").or_(reader.get_by_text("Stopped.")).first).to_be_visible(
        timeout=2_000
    )
    expect(reader.get_by_text("Stopped. What was there before is kept.")).to_be_visible(
        timeout=JOB_MS
    )
    assert reader.get_by_role("heading", level=3).all_inner_texts() == before
    reader.reload()
    settled(reader)
    assert reader.get_by_role("heading", level=3).all_inner_texts() == before


def test_work_that_a_killed_server_lost_is_offered_again(
    server: RunningServer, reader: Page
) -> None:
    choose_method(reader, "MAML")
    press(reader, "adapt")
    expect(reader.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=JOB_MS)
    assert len(list((Path(server.home) / "jobs").iterdir())) == 1
    server.kill()
    server.start()
    reader.goto(f"{server.url}/adapt?w={workspace_of(reader)}")
    expect(reader.get_by_text("was interrupted when MedMeta ended")).to_be_visible(timeout=JOB_MS)
    reader.get_by_role("button", name="Start it again").click()
    expect(reader.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=JOB_MS)
    expect(reader.get_by_text("was interrupted when MedMeta ended")).to_have_count(0)
    reader.get_by_role("button", name="Stop", exact=True).click()
    expect(reader.get_by_text("Stopped. What was there before is kept.")).to_be_visible(
        timeout=JOB_MS
    )
    reader.reload()
    settled(reader)
    expect(reader.get_by_text("was interrupted")).to_have_count(0)  # whoever stops wants no more
