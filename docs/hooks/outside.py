"""What a built site would fetch from other hosts: there must be nothing."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort

FETCHED = {"src", "srcset", "poster", "data"}
"""Attributes whose address a browser fetches, whatever the element."""

OUTSIDE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)


class _Fetches(HTMLParser):
    """Collects the addresses that a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        for name, value in attrs:
            is_fetched = name in FETCHED or (tag == "link" and name == "href")
            if is_fetched and value and OUTSIDE.match(value):
                self.found.append(value)
            if name == "style" and value:
                self.found += IN_STYLE.findall(value)

    def handle_data(self, data: str) -> None:
        """Look at the text of style elements."""
        if self.cdata_elem == "style":
            self.found += IN_STYLE.findall(data)


def fetched_by_page(html: str) -> list[str]:
    """The addresses at other hosts that a page makes a browser fetch; links are not fetched.

    >>> fetched_by_page('<a href="https://arxiv.org">x</a><script src="//cdn.example/x.js">')
    ['//cdn.example/x.js']
    """
    parser = _Fetches()
    parser.feed(html)
    return parser.found


def fetched_by_site(folder: Path) -> Iterator[str]:
    """A line for each such address in the pages and styles of a site."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".html", ".css"):
            continue
        text = path.read_text(encoding="utf-8")
        found = fetched_by_page(text) if path.suffix == ".html" else IN_STYLE.findall(text)
        for address in found:
            yield f"{path.relative_to(folder)} fetches {address}"


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse a site that fetches from other hosts.

    Raises:
        Abort: with a line for each address.
    """
    found = list(fetched_by_site(Path(config.site_dir)))
    if found:
        raise Abort("\n".join(found))
