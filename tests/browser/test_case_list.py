"""The list of cases as only a browser shows it: where its words break, what a refresh keeps."""

import re

import pytest
from chromium import settled
from playwright.sync_api import Page, expect
from running_server import RunningServer
from steps import adapt, classify, open_demo, widget

pytestmark = pytest.mark.browser
BROKEN_WORDS = """lines => lines.flatMap((line) => {
  const text = [...line.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
  return [...(text?.data ?? "").matchAll(/\\S+/g)].filter((word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map((word) => word[0]);
})"""


def test_no_word_breaks_and_a_refresh_opens_the_same_case(
    server: RunningServer, page: Page
) -> None:
    open_demo(page, server.url, "chest_radiograph")
    adapt(page)
    classify(page)
    cases = widget(page, "case-list")
    assert cases.locator(".line").evaluate_all(BROKEN_WORDS) == []
    cases.locator(".tile").first.click()
    expect(page).to_have_url(re.compile(r"case="))
    settled(page)
    page.reload()
    expect(cases.locator(".tile").first).to_have_attribute("aria-pressed", "true")
