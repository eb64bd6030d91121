import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from dashboard import i18n
from dashboard.about.model_card import phrase_key
from dashboard.i18n import plain, t, text_of_error, texts
from medmeta_core import casework
from medmeta_core.embedding import backbone_card, shipped_names
from medmeta_core.embedding.files.torchvision import LICENCE
from medmeta_core.errors import UnreadableImageError, WorkspaceError
from medmeta_core.imaging.notes import NOTES
from medmeta_core.languages import FALLBACK, LANGUAGES, language_of_locale

DASHBOARD = Path(i18n.__file__).parents[1]
FRAMES = {"found": 5000, "limit": 1000}
OF_THE_COMMAND_LINE = ("cli", "training", "evaluation", "datasets")
"""Parts of the core that no page asks."""

OF_EPISODES = {"patients-overlap", "too-few-for-episodes"}
"""Said by the sampler, which only these use."""

COMPLETE = [code for code, language in LANGUAGES.items() if language.is_complete]
TRANSLATIONS = [code for code in LANGUAGES if code != FALLBACK]

CALL = re.compile(r"""\bt\(\s*(f?)"([a-z_]+(?:\.[^"]+)+)\"""")


def leaves(nested: i18n.Texts, path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in nested.items():
        if isinstance(value, str):
            yield f"{path}{name}", value
        else:
            yield from leaves(value, f"{path}{name}.")


def keys(language: str) -> set[str]:
    """Keys with a plural counted once: Chinese has one form. The core itself says its rules."""
    names = {re.sub(r"\.(one|other)$", "", key) for key, _ in leaves(texts(language))}
    return {key for key in names if not key.startswith("rules.")}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_has_the_texts_of_the_original(language: str) -> None:
    assert keys(language) - keys(FALLBACK) == set()
    assert not LANGUAGES[language].is_complete or keys(FALLBACK) - keys(language) == set()


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_has_the_places_of_the_original(language: str) -> None:
    english = dict(leaves(texts(FALLBACK)))
    for key, text in leaves(texts(language)):
        if key.startswith("rules."):
            continue
        original = english.get(key) or english[f"{key}.other"]
        assert places(text) == places(original), key


def test_every_text_that_a_screen_asks_for_exists() -> None:
    calls = [
        (is_pattern, key)
        for path in DASHBOARD.rglob("*.py")
        for is_pattern, key in CALL.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(calls) > 50
    for is_pattern, key in calls:
        pattern = re.sub(r"\\\{.*?\\\}", "[^.]+", re.escape(key)) if is_pattern else re.escape(key)
        assert any(re.match(rf"{pattern}(\.|$)", name) for name in keys("en")), key


def test_every_kind_of_job_has_a_text() -> None:
    """A job names its kind; the pages say it in the language of whoever looks at it."""
    kinds = {
        call.args[0].value
        for path in [*Path(casework.__file__).parent.rglob("*.py"), *DASHBOARD.rglob("*.py")]
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in ("start", "add_job", "open_in_background")
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert {"adapt", "heat_map", "intake", "open_demo"} <= kinds
    assert all(f"jobs.{kind}" in keys(FALLBACK) for kind in kinds)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_claims_what_only_a_medical_device_may(language: str) -> None:
    forbidden = LANGUAGES[language].forbidden_pattern
    claims = [key for key, text in leaves(texts(language)) if re.search(forbidden, text, re.I)]
    assert claims == []


@pytest.mark.parametrize("language", COMPLETE)
def test_the_caption_of_a_backbone_says_what_its_card_says(language: str) -> None:
    captions = dict(leaves(texts(language)))
    for name in shipped_names():
        card = backbone_card(name)
        caption = captions[f"adapt.backbones.{name}.caption"]
        numbers = [int(number) for number in re.findall(r"(?<![-\w])\d+", caption)]
        assert numbers == [card.input_side, len(card.facts["trained_on"])]
        family = card.architecture.split("-")[0]
        assert family in caption.casefold().replace("-", "")


def test_what_a_card_says_of_use_and_limits_is_reported_in_chinese() -> None:
    leaves_of = {language: dict(leaves(texts(language))) for language in LANGUAGES}
    sentences = [LICENCE]
    for name in shipped_names():
        facts = backbone_card(name).facts
        sentences += [facts["intended_use"], *facts["limits"]]
    for sentence in sentences:
        key = f"about.phrases.{phrase_key(sentence)}"
        assert leaves_of["en"][key] == sentence
        assert re.search("[\u4e00-\u9fff]", leaves_of["zh"][key])


def test_the_number_chooses_the_form() -> None:
    assert t("gallery.count", n=1) == "1 example"
    assert t("gallery.count", n=2) == "2 examples"


def test_a_text_that_is_not_translated_is_shown_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    start = {key: text for key, text in texts("zh")["start"].items() if key != "title"}  # type: ignore[union-attr]
    shortened = {**texts("zh"), "start": start}
    monkeypatch.setattr(
        i18n, "texts", lambda spoken: shortened if spoken == "zh" else texts(spoken)
    )
    assert t("start.title") == plain(dict(leaves(texts("en")))["start.title"])
    assert t("app.pages.start") == dict(leaves(texts("zh")))["app.pages.start"]


def test_the_browser_asks_for_a_language_with_or_without_a_country() -> None:
    locales = ("zh", "zh-Hant-TW", "ZH_CN", "en-GB", "de", "", None)
    languages = [language_of_locale(locale) for locale in locales]
    assert languages == ["zh", "zh", "zh", "en", "en", "en", "en"]


def test_a_missing_text_is_logged_and_takes_no_page_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert t("start.nonsense", n=2) == "start.nonsense"
    assert "start.nonsense" in caplog.text


def test_each_remark_on_quality_has_a_text() -> None:
    remarks = texts("en")["notes"]
    assert isinstance(remarks, dict)
    assert set(NOTES) <= set(remarks)


def test_an_error_is_reported_in_the_visitors_language_and_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    assert text_of_error(UnreadableImageError("too-many-frames", found=5000, limit=1000)) == (
        "文件有 5000 帧，一次最多读取 1000 帧。"
    )
    message = text_of_error(WorkspaceError("unknown-condition", name=":red[x] *y*"))
    assert message == r"没有图像属于病种“\:red\[x\] \*y\*”。"


def test_a_name_cannot_format_the_page() -> None:
    assert plain(":red[x] *y*") == r"\:red\[x\] \*y\*"


def test_screens_and_reports_have_one_chinese_word_for_condition() -> None:
    report = files("medmeta_core.reporting").joinpath("texts/zh.json").read_text(encoding="utf-8")
    chinese = report + "".join(text for _, text in leaves(texts("zh")))
    assert "病种" in chinese
    assert "病症" not in chinese
