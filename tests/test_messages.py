"""Every rule that is raised has a sentence in each language, whose places its facts fill."""

import pickle
import re
from string import Formatter

import pytest
from rules_in_source import Raised, rules_raised

from medmeta_core.errors import (
    BackboneError,
    IncidentError,
    MedMetaError,
    NumericalError,
    SessionFileError,
    Stopped,
    UnreadableImageError,
)
from medmeta_core.imaging.formats.readable import FORMAT_NAMES
from medmeta_core.imaging.refusals import RULES
from medmeta_core.languages import FALLBACK, LANGUAGES
from medmeta_core.messages import (
    codes,
    is_impersonal,
    rules_of,
    sentence,
    sentence_or,
    templates,
    terms,
)
from medmeta_core.workspace import refusing_disk

RAISED = list(rules_raised())

HANDED_ON = {
    "medmeta_core/errors.py": (),
    "medmeta_core/cli/verify.py": (),
    "medmeta_core/imaging/guard/guard.py": RULES,
    "medmeta_core/imaging/reading.py": RULES,
    "medmeta_core/imaging/refusals.py": RULES,
    "medmeta_core/imaging/unpacking.py": RULES,
    "medmeta_core/imaging/formats/signatures.py": RULES,
    "medmeta_core/imaging/zip_archive.py": RULES,
    "medmeta_core/training/inputs/set_files.py": (),
    "medmeta_core/workspace/session_check.py": ("session-condition-name", "session-workspace-name"),
    "medmeta_core/workspace/refusing_disk.py": (
        *refusing_disk._BY_ERRNO.values(),
        *refusing_disk._BY_SQLITE.values(),
    ),
    "medmeta_core/workspace/verification.py": ("row-altered", "row-lost", "row-added"),
    "medmeta_core/workspace/store_check.py": (
        *("image-missing", "image-altered"),
        *("picture-missing", "picture-altered"),
    ),
}
"""Files that hand a rule on which stands elsewhere, and the rules that may come by that way."""

ALWAYS = ("numerical-failure", "server-memory", "stopped", "incident")
"""Rules that are an error of their own."""

COMPLETE = [code for code, language in LANGUAGES.items() if language.is_complete]


def places_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def needed(raised: Raised, language: str) -> set[str]:
    """The facts that a sentence shows, through the words of its codes too."""
    assert raised.rule is not None and raised.facts is not None
    names = places_of(templates(language)[raised.rule])
    for name in tuple(names):
        words = codes(language).get(name)
        if words is not None:
            value = raised.facts.get(name)
            for each in words.values() if value is None else [words[value]]:
                names |= places_of(each)
    return names - set(terms(language))


def test_the_source_raises_rules_and_each_file_that_hands_one_on_is_known() -> None:
    assert len(RAISED) > 250
    unknown = {one.place.split(":")[0] for one in RAISED if one.rule is None} - set(HANDED_ON)
    assert unknown == set(), "rules that are no words in the source: say where they come from"


@pytest.mark.parametrize("language", COMPLETE)
def test_each_rule_that_is_raised_has_a_sentence(language: str) -> None:
    rules = {one.rule for one in RAISED} | {rule for of in HANDED_ON.values() for rule in of}
    assert rules - {None} - set(templates(language)) == set()
    assert set(templates(language)) == set(templates(FALLBACK))


def test_no_sentence_is_left_without_a_rule() -> None:
    rules = {one.rule for one in RAISED} | {rule for of in HANDED_ON.values() for rule in of}
    assert set(templates(FALLBACK)) - rules - set(ALWAYS) == set()


@pytest.mark.parametrize("language", COMPLETE)
def test_the_facts_of_each_rule_fill_its_sentence(language: str) -> None:
    complete = [one for one in RAISED if one.rule is not None and one.facts is not None]
    for one in complete:
        assert needed(one, language) <= set(one.facts or {}), one.place


def test_no_fact_is_given_that_no_sentence_shows() -> None:
    for one in RAISED:
        if one.rule is not None and one.facts is not None:
            used = set().union(*(needed(one, language) for language in COMPLETE))
            assert set(one.facts) <= used | {"column", "photometric"}, one.place


@pytest.mark.parametrize("language", COMPLETE)
def test_each_code_has_words(language: str) -> None:
    english = codes(FALLBACK)
    assert {table: set(words) for table, words in codes(language).items()} == {
        table: set(words) for table, words in english.items()
    }
    for one in RAISED:
        for name, value in (one.facts or {}).items():
            assert value is None or name not in english or value in english[name], one.place


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_rules_and_places_of_the_original(language: str) -> None:
    """Also one under way: a place that no fact fills would end in an error, not in a sentence."""
    english = templates(FALLBACK)
    assert set(templates(language)) - set(english) == set()
    for rule, template in templates(language).items():
        assert places_of(template) <= places_of(english[rule]) | set(terms(FALLBACK)), rule
    for table, words in codes(language).items():
        assert set(words) - set(codes(FALLBACK)[table]) == set(), table


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_claims_what_a_regulated_device_would(language: str) -> None:
    claims = re.compile(LANGUAGES[language].forbidden_pattern, re.IGNORECASE)
    texts = templates(language) | {
        f"{table}.{code}": text
        for table, words in codes(language).items()
        for code, text in words.items()
    }
    assert [key for key, text in texts.items() if claims.search(text)] == []


def test_sentences_of_a_language_are_in_it() -> None:
    for rule, template in templates("zh").items():
        assert re.search("[\u4e00-\u9fff]", template), rule
    for rule, template in templates(FALLBACK).items():
        assert template.isascii() or set(template) & set("“”…"), rule
        assert template.endswith((".", "?", "{package}")), rule


def test_the_refusal_of_what_is_no_image_names_the_formats_that_are_read() -> None:
    assert terms("zh")["formats"] == terms("en")["formats"] == FORMAT_NAMES


def test_an_error_is_reported_in_each_language_by_its_facts() -> None:
    error = SessionFileError(
        "field-type", row=3, table="images", column="blob", fault_of_row="form"
    )
    assert str(error) == (
        "The session file was not opened: in row 3 of “images”, “blob” is not what MedMeta writes."
    )
    assert error.message_in("zh") == (
        "会话文件未能打开：“images”第 3 行：“blob”不是 MedMeta 写入的内容。"
    )
    assert error.facts["row"] == 3


def test_a_language_without_a_sentence_has_the_english_one() -> None:
    assert sentence("stopped", {}, "tlh") == sentence("stopped", {}) == str(Stopped())


@pytest.mark.parametrize(
    "error",
    [
        MedMetaError("no-store", place="/x"),
        UnreadableImageError("too-many-frames", found=2, limit=1),
        BackboneError("backbone-changed"),
        NumericalError(),
        IncidentError("A1"),
    ],
)
def test_an_error_crosses_to_another_process(error: MedMetaError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), again.rule, again.facts) == (type(error), error.rule, error.facts)
    assert str(again) == str(error)


def test_facts_that_could_be_a_name_are_distinguished_from_numbers_and_codes() -> None:
    codes_ = {"found": 2, "limit": 1.5, "tag": "rows", "uid": "1.2.840.10008.1.2.4.100"}
    assert is_impersonal(codes_)
    for name, value in (
        ("tag", "Müller^Anna"),
        ("uid", "1.2.3 Müller"),
        ("found", "Müller"),
        ("found", float("nan")),
        ("found", 10**400),
        ("found", True),
        ("found", None),
        ("uid", ["1.2"]),
    ):
        assert not is_impersonal({**codes_, name: value}), (name, value)


def test_a_rule_of_another_version_shows_what_was_reported_then() -> None:
    assert sentence_or("of-tomorrow", {}, otherwise="As told.") == "As told."
    assert sentence_or("too-many-frames", {}, "zh", otherwise="As told.") == "As told."
    assert sentence_or("no-pixels", {"object": "x"}, otherwise="As told.") == "As told."


def test_refusals_have_rules_of_their_own() -> None:
    assert rules_of("refusals") == RULES and "empty-file" in RULES and "no-store" not in RULES
