"""The watch over a page sees what it must see."""

import pytest
from chromium import Watch
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
NOWHERE = "http://192.0.2.1/font.woff2"  # RFC 5737: belongs to nobody


@pytest.mark.parametrize(
    "content",
    [
        f"<img src={NOWHERE}>",
        f"<script>fetch('{NOWHERE}', {{mode: 'no-cors'}}).catch(() => 0)</script>",
        "<script>new WebSocket('ws://192.0.2.1/font.woff2')</script>",
    ],
)
def test_a_request_that_leaves_the_machine_is_noticed(browser: Browser, content: str) -> None:
    watch, context = Watch(), browser.new_context()
    watch.over(context)
    page = context.new_page()
    page.set_content(content, wait_until="commit")
    page.wait_for_timeout(300)
    context.close()
    assert [url.partition("://")[2] for url in watch.left_the_machine] == ["192.0.2.1/font.woff2"]


def test_a_script_that_breaks_is_noticed(browser: Browser) -> None:
    watch, context = Watch(), browser.new_context()
    watch.over(context)
    page = context.new_page()
    page.set_content("<script>throw new Error('broken')</script>")
    page.wait_for_timeout(300)
    context.close()
    assert watch.script_errors == ["broken"]
