"""The record of a method: complete, true of the method, and what tables and texts are made from."""

import importlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from medmeta_core.embedding import backbone_names
from medmeta_core.errors import BackboneError
from medmeta_core.languages import LANGUAGES
from medmeta_core.method_texts import WORDS, method_texts
from medmeta_core.methods import FAMILIES, METHODS, members
from medmeta_core.methods.papers import Paper
from medmeta_core.methods.tables import BEGIN, FAMILY, table, with_tables
from medmeta_core.selection import ALL_METHODS, AUTOMATIC
from medmeta_core.selection.automatic import CANDIDATES, quick_methods
from medmeta_core.training.learners.part_training import PARTS
from medmeta_core.trust.leave_one_out import MAX_FOLDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
COMPLETE = [code for code, language in LANGUAGES.items() if language.is_complete]


def test_a_key_is_that_of_its_record() -> None:
    for key, entry in ALL_METHODS.items():
        assert entry.key == key
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", key)
        assert entry.backbone in backbone_names()
        assert 1 <= entry.max_folds <= MAX_FOLDS


@pytest.mark.parametrize("language", COMPLETE)
def test_every_method_has_each_text_in_each_language(language: str) -> None:
    texts, file = method_texts(language), f"medmeta_core/method_texts/{language}.json"
    assert set(texts) == set(METHODS), file
    for key, words in texts.items():
        assert set(words) == set(WORDS), f"{file}: {key}"
        assert all(text.strip() for text in words.values()), key


@pytest.mark.parametrize("key", ALL_METHODS)
def test_the_file_of_a_method_begins_with_its_first_paper(key: str) -> None:
    entry = ALL_METHODS[key]
    paper = entry.papers[0]
    module = importlib.import_module(
        "medmeta_core.selection.model_selection" if key == AUTOMATIC else entry.kind.__module__
    )
    assert paper.authors[0] in (module.__doc__ or "")
    assert str(paper.year) in (module.__doc__ or "")
    if paper.source.startswith(("arXiv:", "doi:")):
        assert paper.source in (module.__doc__ or "")


@pytest.mark.parametrize("language", COMPLETE)
def test_the_report_names_the_first_paper(language: str) -> None:
    texts = method_texts(language)
    for key, entry in METHODS.items():
        about = texts.get(key, {}).get("about", "")
        assert entry.papers[0].source in about, f"medmeta_core/method_texts/{language}.json: {key}"


def test_whether_pixels_are_needed_is_true_of_the_method() -> None:
    backbone, support = tiny.backbone(), tiny.support((2, 2))
    embedded = support.embedded_by(backbone)
    for entry in ALL_METHODS.values():
        method = entry.make(backbone)
        if not entry.needs_pixels:
            assert method.fit(embedded).conditions == support.conditions  # type: ignore[arg-type]
            continue
        with pytest.raises(AttributeError):
            method.fit(embedded)  # type: ignore[arg-type]


def test_the_methods_that_need_weights_of_their_own_say_which() -> None:
    backbone, support = tiny.backbone(), tiny.support((2, 2))
    refused = set()
    for entry in METHODS.values():
        try:
            entry.make(replace(backbone, parts={})).fit(support)
        except BackboneError as error:
            assert error.rule == "no-part"
            refused.add(entry.part)
    assert refused == {entry.part for entry in METHODS.values()} - {""} == set(PARTS)


def test_candidates_of_automatic_are_quick_and_look_at_embeddings_alone() -> None:
    for key in CANDIDATES:
        entry = METHODS[key]
        assert (entry.cost, entry.needs_pixels, entry.part) == ("quick", False, "")
    assert tuple(quick_methods(tiny.backbone())) == CANDIDATES


def test_every_method_belongs_to_one_family() -> None:
    assert [key for family in FAMILIES for key in members(family)] == list(METHODS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_tables_in_a_document_are_those_of_the_catalogue(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    command = "python -m medmeta_core.methods.tables"
    assert text == with_tables(text), f"stale: {command} {path.relative_to(ROOT)}"


def test_the_readme_has_the_table_and_the_concepts_every_family() -> None:
    assert BEGIN in (ROOT / "README.md").read_text(encoding="utf-8")
    concepts = (ROOT / "docs/concepts/methods.md").read_text(encoding="utf-8")
    assert [match[1] for match in FAMILY.findall(concepts)] == list(FAMILIES)


def test_every_file_that_the_table_names_exists() -> None:
    files = re.findall(r"`(methods/[^`]+)`", table())
    assert len(files) == len(METHODS)
    assert [file for file in files if not (ROOT / "medmeta_core" / file).is_file()] == []


def test_a_paper_without_an_arxiv_id_is_cited_by_what_it_has() -> None:
    by_doi = Paper(("Cover", "Hart"), 1967, "doi:10.1109/TIT.1967.1053964")
    assert by_doi.cited("zh") == "Cover、Hart 1967，doi:10.1109/TIT.1967.1053964"
    book = Paper(("Fix",), 1951, "Report 4, USAF School of Aviation Medicine")
    assert book.cited() == "Fix 1951, Report 4, USAF School of Aviation Medicine"


def test_a_file_without_marks_stays_as_it_is() -> None:
    assert with_tables("nothing here") == "nothing here"
