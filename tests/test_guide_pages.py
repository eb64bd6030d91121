"""Each page of the dashboard is named in the README and has its page and picture in the guide."""

import re
from pathlib import Path

import pytest

from dashboard.i18n import texts
from dashboard.page_names import PAGES
from medmeta_core.languages import FALLBACK, LANGUAGES

ROOT = Path(__file__).parents[1]
PICTURE = re.compile(r"images/([a-z]+)/([a-z]+)\.webp")


def title_of(page: str) -> str:
    return str(texts(FALLBACK)["app"]["pages"][page])  # type: ignore[index,call-overload]


@pytest.mark.parametrize("page", PAGES)
def test_the_readme_names_each_page(page: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"\n| {title_of(page)} | " in readme


@pytest.mark.parametrize("page", PAGES)
def test_the_guide_has_a_page_for_each_with_its_picture(page: str) -> None:
    guide = (ROOT / f"docs/guide/{page}.md").read_text(encoding="utf-8")
    assert guide.startswith(f"# {title_of(page)}\n")
    assert (FALLBACK, page) in PICTURE.findall(guide)
    assert f"({page}.md)" in (ROOT / "docs/guide/index.md").read_text(encoding="utf-8")
    assert f"guide/{page}.md" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_no_text_shows_a_picture_that_is_not_taken() -> None:
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    pictures = {place for path in paths for place in PICTURE.findall(path.read_text("utf-8"))}
    assert pictures <= {(language, page) for language in LANGUAGES for page in PAGES}
    assert [place for place in pictures if not (ROOT / "docs/images" / place[0]).is_dir()] == []
