"""The documentation: pages fetch nothing from other hosts, and tutorials run as they stand."""

from pathlib import Path

import pytest

outside = pytest.importorskip("outside", reason="needs MkDocs (extra docs), which is absent here")

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="stylesheet" href="https://fonts.example/css">',
        '<script src="//cdn.example/x.js"></script>',
        '<img src="HTTP://example.org/x.png">',
        "<style>@import 'https://example.org/x.css';</style>",
        '<p style="background: url(https://example.org/x.png)">',
    ],
)
def test_what_a_page_would_fetch_from_elsewhere_is_detected(html: str) -> None:
    assert len(outside.fetched_by_page(html)) == 1


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://arxiv.org/abs/1703.03400">paper</a>',
        '<link rel="stylesheet" href="assets/main.css"><script src="../x.js"></script>',
        "<code>&lt;script src=https://example.org/x.js&gt;</code>",
    ],
)
def test_links_and_files_of_the_site_are_left_alone(html: str) -> None:
    assert outside.fetched_by_page(html) == []


def test_a_style_sheet_is_looked_through_as_well(tmp_path: Path) -> None:
    (tmp_path / "main.css").write_text("@font-face { src: url(https://fonts.example/a.woff2) }")
    assert list(outside.fetched_by_site(tmp_path)) == [
        "main.css fetches https://fonts.example/a.woff2"
    ]
