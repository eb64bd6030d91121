"""The tree of tags: what a reader for the blind is told."""

import io
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from medmeta_core.reporting import Report, to_pdf


@pytest.fixture(scope="module")
def reader(report: Report) -> PdfReader:
    return PdfReader(io.BytesIO(to_pdf(report)))


def elements(node: DictionaryObject) -> Iterator[DictionaryObject]:
    for kid in node["/K"]:
        inner = kid.get_object()
        if isinstance(inner, DictionaryObject):
            yield inner
            yield from elements(inner)


def tree_of(reader: PdfReader) -> list[DictionaryObject]:
    return list(elements(reader.trailer["/Root"]["/StructTreeRoot"]))


def test_the_document_is_marked_and_has_one_main_title(reader: PdfReader):
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    kinds = Counter(element["/S"] for element in tree_of(reader))
    assert kinds["/H1"] == 1
    assert kinds["/H3"] >= 4
    assert kinds["/Table"] >= 10


def test_tables_hold_rows_and_rows_hold_cells(reader: PdfReader):
    tree = tree_of(reader)
    for table in (element for element in tree if element["/S"] == "/Table"):
        assert {kid.get_object()["/S"] for kid in table["/K"]} == {"/TR"}
    for row in (element for element in tree if element["/S"] == "/TR"):
        assert {kid.get_object()["/S"] for kid in row["/K"]} <= {"/TH", "/TD"}


def test_every_figure_has_a_description(reader: PdfReader):
    figures = [element for element in tree_of(reader) if element["/S"] == "/Figure"]
    assert len(figures) == 4 * 6 + 3  # one case has no heat map
    assert all(figure["/Alt"] for figure in figures)


def test_every_mark_on_a_page_leads_to_its_element(reader: PdfReader):
    numbers = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    owners = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in reader.pages:
        content = page.get_contents().get_data()
        marks = [int(mark) for mark in re.findall(rb"/MCID (\d+)", content)]
        owned = owners[page["/StructParents"]]
        assert marks == list(range(len(owned)))
        for mark, owner in enumerate(owned):
            assert list(owner.get_object()["/K"]) == [mark]
            assert owner.get_object().raw_get("/Pg") == page.indirect_reference
        opened = len(re.findall(rb"\bBDC\b|\bBMC\b", content))
        assert opened == len(re.findall(rb"\bEMC\b", content))
