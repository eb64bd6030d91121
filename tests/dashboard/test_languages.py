"""A language is one entry and its files of texts: no other place has to know it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n
from dashboard.page_names import PAGES
from medmeta_core import languages
from medmeta_core.languages import LANGUAGES, Language
from medmeta_core.reporting import texts as report_texts
from medmeta_core.workspace import Store


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of a language of which two texts are written."""
    monkeypatch.setitem(
        languages.LANGUAGES,  # type: ignore[arg-type]
        "eo",
        Language("Esperanto", "EO", "eo", forbidden_pattern="diagnoz", is_complete=False),
    )
    pages, reports = i18n.texts, report_texts.read_texts
    begun_page = {"about": {"title": "Pri MedMeta"}}
    begun_report = {"operator": "Raportas"}
    monkeypatch.setattr(i18n, "texts", lambda code: begun_page if code == "eo" else pages(code))
    monkeypatch.setattr(
        report_texts, "read_texts", lambda code: begun_report if code == "eo" else reports(code)
    )
    return "eo"


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_in_a_language_whose_translation_is_begun(
    name: str, begun: str, here: Store, open_page: Callable[..., AppTest]
) -> None:
    workspace = here.create_workspace("Rare eyes").id
    page = open_page(name, w=workspace, lang=begun)
    assert not page.exception
    assert page.segmented_control(key="language-switch").value == begun
    english = open_page(name, w=workspace, lang="en")
    title = page.title[0].value
    assert title == ("Pri MedMeta" if name == "about" else english.title[0].value)


def test_the_switch_offers_each_language_by_its_label(open_page: Callable[..., AppTest]) -> None:
    switch = open_page("about").segmented_control(key="language-switch")
    assert switch.options == [language.label for language in LANGUAGES.values()]
