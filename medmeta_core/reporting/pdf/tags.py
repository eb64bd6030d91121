"""The tree of tags that a reader for the blind follows: tables with rows and cells, figures.

fpdf2 2.8 tags figures and titles in one flat row. This builder nests them. It rests on parts of
fpdf2 that are not public; `tests/reporting/test_pdf_tags.py` tells if they move.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from fpdf.output import OutputProducer, PDFPage
from fpdf.structure_tree import StructElem, StructureTreeBuilder
from fpdf.syntax import PDFObject


class TagTree(StructureTreeBuilder):
    """Elements of a document, each with its parent."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[StructElem, int]] = []
        self._open: list[StructElem] = [self.doc_struct_elem]
        self._marks: dict[int, int] = {}

    @contextmanager
    def group(self, kind: str, page: int) -> Iterator[None]:
        """An element that holds those made within ("Table", "TR")."""
        self._open.append(self._add(kind, page, [], ""))
        yield
        self._open.pop()

    def leaf(self, kind: str, page: int, alt: str) -> tuple[int, int]:
        """An element that holds one mark on the page; its number there, and the page's own."""
        mark = self._marks.get(page, 0)
        self._marks[page] = mark + 1
        element = self._add(kind, page, [mark], alt)
        parents = self.spid_per_page_number.setdefault(page, len(self.spid_per_page_number))
        self.struct_tree_root.parent_tree.nums[parents].append(element)
        return mark, parents

    def _add(self, kind: str, page: int, kids: list[int], alt: str) -> StructElem:
        element = StructElem(f"/{kind}", self._open[-1], kids, page, alt=alt or None)
        self._open[-1].k.append(element)
        self.elements.append((element, page))
        return element

    def __iter__(self) -> Iterator[PDFObject]:
        yield self.struct_tree_root
        yield self.doc_struct_elem
        yield self.struct_tree_root.parent_tree
        yield from (element for element, _ in self.elements)


class TaggedOutput(OutputProducer):
    """Tells every element of the tree, at any depth, on which page it lies."""

    def _add_structure_tree(self) -> PDFObject | None:
        pages = [entry for entry in self.pdf_objs if isinstance(entry, PDFPage)]
        tree = self.fpdf.struct_builder
        for element, page in tree.elements if isinstance(tree, TagTree) else ():
            element.pg = pages[page - 1]  # type: ignore[assignment]
        root: PDFObject | None = super()._add_structure_tree()
        return root
