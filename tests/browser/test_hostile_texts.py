"""A text that is not ours is shown letter by letter wherever Streamlit reads Markdown."""

import sys
from collections.abc import Iterator

import pytest
from chromium import settled
from playwright.sync_api import Browser, Page, expect
from running_server import RunningServer

pytestmark = pytest.mark.browser

HOSTILE = (
    "![](http://127.0.0.1:1/a.png)",
    "[click](http://127.0.0.1:1/a)",
    "![x][y]",
    "https://evil.example/a?b=c#d",
    "see www.evil.example/a now",
    "<https://evil.example>",
    "HTTPS://EVIL.EXAMPLE",
    "somebody@evil.example",
    "ftp://evil.example mailto:a@evil.example xmpp:a@b.c/d",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden --> shown",
    "&lt;b&gt; &amp; &#58; &copy;",
    ":joy: :+1: :streamlit: :material/home: :material_home:",
    ":red[text] :blue-background[x] :small[y] :rainbow[z]",
    ":color[x]{foreground=red} :orange-badge[a] :help[b] :shimmer[c] ::leaf[d] :::box",
    "$x^2$ $$y$$ \\(z\\) 5$ and 6$",
    "*a* **b** _c_ __d__ ~~e~~ ~f~ `g` ``h``",
    "# heading",
    "- point",
    "+ point",
    "* point",
    "1. first",
    "12) twelfth",
    "> quote",
    "a | b",
    "--- and ===",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "->",
    "[^1]: note [^1]",
    "[x] done [ ] open",
    "C:\\folder\\file.dcm",
    "x::y:::z: 10:30:00",
    "trailing \\",
    "{curly} %s {0}",
    "E1:Foo[bar](baz){a=b}",
    "肺炎 — “quoted” 50 % (n = 3)",
    "-0.5 to +0.5, 3.5 mm, 2.",
)
PAGE = """
import streamlit as st
from dashboard.i18n import Markup, plain

HOSTILE = {hostile!r}
KINDS = dict(
    markdown=st.markdown, caption=st.caption,
    title=lambda text: st.title(text, anchor=False),
    subheader=lambda text: st.subheader(text, anchor=False),
    info=st.info, warning=st.warning, error=st.error, success=st.success,
    within=lambda text: st.markdown(Markup("**{{}}** · {{}}").format(text, text)),
    expander=st.expander, popover=st.popover, toast=lambda text: None,
    button=lambda text: st.button(text, key=text),
    radio=lambda text: st.radio(" ", [text, "other"], key=text, captions=[text, ""]),
    checkbox=lambda text: st.checkbox(text, key=text),
    text_input=lambda text: st.text_input(text, key=text),
    progress=lambda text: st.progress(0.5, text=text),
    segmented=lambda text: st.segmented_control(" ", [text], key=text),
    metric=lambda text: st.metric(text, 1),
)
kind = st.query_params["kind"]
for number, text in enumerate(HOSTILE):
    with st.container(key=f"text-{{number}}"):
        KINDS[kind](plain(text))
"""
KINDS = (
    *("markdown", "caption", "title", "subheader", "info", "error", "within", "expander"),
    *("popover", "button", "radio", "checkbox", "text_input", "progress", "segmented", "metric"),
)


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("page")
    script = folder / "page.py"
    script.write_text(PAGE.format(hostile=HOSTILE), encoding="utf-8")
    running = RunningServer(
        folder,
        (sys.executable, "-m", "streamlit", "run", str(script)),
        options=(
            *("--server.headless=true", "--server.address=127.0.0.1"),
            *("--browser.gatherUsageStats=false", "--server.port"),
        ),
    )
    yield running
    running.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_is_shown(server: RunningServer, page: Page, kind: str) -> None:
    page.goto(f"{server.url}/?kind={kind}")
    last = page.locator(f".st-key-text-{len(HOSTILE) - 1}")
    expect(last).to_be_visible()
    settled(page)
    for number, text in enumerate(HOSTILE):
        expect(page.locator(f".st-key-text-{number}")).to_contain_text(text)
    within = page.locator("[class*=st-key-text-]")
    assert within.locator("a, img, .katex, code, em, del, li, h4, blockquote, hr").count() == 0
