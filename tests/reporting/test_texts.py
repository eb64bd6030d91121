import re
from dataclasses import replace
from string import Formatter

import pytest

from medmeta_core.imaging.notes import NOTES
from medmeta_core.languages import FALLBACK, LANGUAGES, Language
from medmeta_core.reporting import texts, to_pdf
from medmeta_core.reporting.sections import contents
from medmeta_core.reporting.texts import Texts, read_texts
from medmeta_core.workspace import CONFLICT_NOTE, DUPLICATE_NOTE

TRANSLATIONS = [code for code in LANGUAGES if code != FALLBACK]


def values_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_has_the_keys_of_the_original(language):
    english, translated = read_texts(FALLBACK).keys(), read_texts(language).keys()
    assert translated - english == set()
    assert not LANGUAGES[language].is_complete or english - translated == set()


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_takes_the_values_of_the_original(language):
    english, translated = read_texts(FALLBACK), read_texts(language)
    differing = [key for key in translated if values_in(english[key]) != values_in(translated[key])]
    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_claims_what_a_regulated_device_would(language):
    claims = re.compile(LANGUAGES[language].forbidden_pattern, re.IGNORECASE)
    assert [key for key, text in read_texts(language).items() if claims.search(text)] == []


def test_texts_of_a_method_may_be_partial(monkeypatch):
    monkeypatch.setattr(texts, "method_texts", lambda _: {"ridge": {"title": "Ridge-Regression"}})
    read = read_texts.__wrapped__(FALLBACK)
    assert read["method.names.ridge"] == "Ridge-Regression"
    assert "method.about.ridge" not in read


def test_every_chinese_text_is_in_chinese_but_for_names():
    without_values = {key: re.sub("{.*?}", "", text) for key, text in read_texts("zh").items()}
    latin = {key for key, text in without_values.items() if re.search("[A-Za-z]", text)}
    untranslated = {key for key in latin if not re.search("[一-鿿]", without_values[key])}
    assert {key for key in untranslated if not key.startswith("method.names.")} == set()


def test_every_remark_that_an_image_can_carry_has_words():
    codes = {*NOTES, DUPLICATE_NOTE, CONFLICT_NOTE}
    assert {key for key in read_texts(FALLBACK) if key.startswith("notes.")} == {
        f"notes.{code}" for code in codes
    }


def test_a_code_without_words_stays_as_it_is():
    assert Texts("en").get("notes.lossy-compression", "?") == "stored with lossy compression"
    assert Texts("en").get("notes.never-heard-of", "never-heard-of") == "never-heard-of"


def test_a_text_that_is_not_translated_is_printed_in_english(monkeypatch):
    chinese = {key: text for key, text in read_texts("zh").items() if key != "cases.case"}
    real = read_texts
    monkeypatch.setattr(
        "medmeta_core.reporting.texts.read_texts",
        lambda language: chinese if language == "zh" else real(language),
    )
    assert Texts("zh")("cases.case", alias="C3") == "Case C3"
    assert Texts("zh").get("cases.case", "?") == read_texts("en")["cases.case"]
    assert Texts("zh")("notes.multi-frame") == chinese["notes.multi-frame"]


def test_a_report_is_made_in_a_language_whose_translation_is_begun(report, monkeypatch):
    begun = Language("Esperanto", "EO", "eo", forbidden_pattern="diagnoz", is_complete=False)
    monkeypatch.setitem(LANGUAGES, "eo", begun)
    real = read_texts
    monkeypatch.setattr(
        "medmeta_core.reporting.texts.read_texts",
        lambda code: {"operator": "Raportas"} if code == "eo" else real(code),
    )
    document = contents(replace(report, language="eo"))
    assert document.language == "eo"
    assert "Raportas" in [name for name, _ in document.opening.pairs]
    english = contents(replace(report, language="en"))
    assert [one.title for one in document.sections] == [one.title for one in english.sections]
    assert to_pdf(replace(report, language="eo")).startswith(b"%PDF-")
