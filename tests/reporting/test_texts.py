import re
from string import Formatter

import pytest

from medmeta_core.imaging.notes import NOTES
from medmeta_core.reporting.texts import Texts, read_texts
from medmeta_core.workspace import CONFLICT_NOTE, DUPLICATE_NOTE

NEVER_USED = {"en": r"diagnos|detect|screen", "zh": r"诊断|检测|筛查|筛检"}


def values_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys():
    assert read_texts("en").keys() == read_texts("zh").keys()


def test_both_languages_take_the_same_values():
    english, chinese = read_texts("en"), read_texts("zh")
    differing = [key for key in english if values_in(english[key]) != values_in(chinese[key])]
    assert differing == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_claims_what_a_regulated_device_would(language):
    claims = re.compile(NEVER_USED[language], re.IGNORECASE)
    assert [key for key, text in read_texts(language).items() if claims.search(text)] == []


def test_every_chinese_text_is_in_chinese_but_for_names():
    without_values = {key: re.sub("{.*?}", "", text) for key, text in read_texts("zh").items()}
    latin = {text for text in without_values.values() if re.search("[A-Za-z]", text)}
    names = {"MAML", "Simple CNAPS", "SimpleShot", "Baseline++"}
    assert {text for text in latin if not re.search("[一-鿿]", text)} == names


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_remark_that_an_image_can_carry_has_words(language):
    codes = {*NOTES, DUPLICATE_NOTE, CONFLICT_NOTE}
    assert {key for key in read_texts(language) if key.startswith("notes.")} == {
        f"notes.{code}" for code in codes
    }


def test_a_code_without_words_stays_as_it_is():
    assert Texts("en").known("notes.lossy-compression", "?") == "stored with lossy compression"
    assert Texts("en").known("notes.never-heard-of", "never-heard-of") == "never-heard-of"


def test_a_text_that_is_not_translated_is_printed_in_english(monkeypatch):
    chinese = {key: text for key, text in read_texts("zh").items() if key != "cases.case"}
    real = read_texts
    monkeypatch.setattr(
        "medmeta_core.reporting.texts.read_texts",
        lambda language: chinese if language == "zh" else real(language),
    )
    assert Texts("zh")("cases.case", alias="C3") == "Case C3"
    assert Texts("zh")("notes.multi-frame") == chinese["notes.multi-frame"]
