"""Items of CONSORT-AI and TRIPOD+AI, and where this report touches them.

Liu, Cruz Rivera, Moher, Calvert, Denniston: Reporting guidelines for clinical trial reports for
interventions involving artificial intelligence: the CONSORT-AI extension. Nature Medicine 26,
1364-1374, 2020. Collins, Moons, Dhiman et al.: TRIPOD+AI statement. BMJ 385:e078378, 2024.
"""

from dataclasses import dataclass
from typing import Literal

from medmeta_core.reporting.blocks import Block, Paragraph, Section, Subheading, Table
from medmeta_core.reporting.texts import Texts

Guideline = Literal["CONSORT-AI", "TRIPOD+AI"]
Status = Literal["here", "partly", "user", "not-applicable"]


@dataclass(frozen=True)
class ChecklistItem:
    """One item of a guideline; its paraphrase is in the texts.

    Attributes:
        number: as the guideline counts.
        status: whether this report answers it.
        section: where, for "here" and "partly"; "" else.
    """

    guideline: Guideline
    number: str
    status: Status = "user"
    section: str = ""

    def topic(self, texts: Texts) -> str:
        """What the item asks, paraphrased."""
        return texts(f"checklist.{self.guideline}.{self.number}")

    def where(self, texts: Texts) -> str:
        """Where the answer is, or who gives it."""
        section = texts(f"{self.section}.title") if self.section else ""
        return texts(f"checklist.status.{self.status}", section=section)


_CONSORT_AI: dict[str, tuple[Status, str]] = {
    "1a,b (i)": ("partly", "method"),
    "1a,b (ii)": ("partly", "limits"),
    "2a (i)": ("user", ""),
    "4a (i)": ("user", ""),
    "4a (ii)": ("partly", "inputs"),
    "4b": ("user", ""),
    "5 (i)": ("here", "method"),
    "5 (ii)": ("partly", "conditions"),
    "5 (iii)": ("here", "inputs"),
    "5 (iv)": ("partly", "cases"),
    "5 (v)": ("here", "cases"),
    "5 (vi)": ("user", ""),
    "19": ("partly", "left_out"),
    "25": ("partly", "reproduction"),
}

_TRIPOD_AI: dict[str, tuple[Status, str]] = {
    "1": ("user", ""),
    "2": ("user", ""),
    "3a": ("user", ""),
    "3b": ("partly", "limits"),
    "3c": ("user", ""),
    "4": ("user", ""),
    "5a": ("partly", "conditions"),
    "5b": ("user", ""),
    "6a": ("user", ""),
    "6b": ("partly", "conditions"),
    "6c": ("user", ""),
    "7": ("partly", "inputs"),
    "8a": ("partly", "conditions"),
    "8b": ("user", ""),
    "8c": ("user", ""),
    "9a": ("here", "method"),
    "9b": ("partly", "method"),
    "9c": ("user", ""),
    "10": ("partly", "conditions"),
    "11": ("here", "inputs"),
    "12a": ("here", "left_out"),
    "12b": ("here", "method"),
    "12c": ("here", "method"),
    "12d": ("user", ""),
    "12e": ("here", "left_out"),
    "12f": ("not-applicable", ""),
    "12g": ("here", "reproduction"),
    "13": ("here", "method"),
    "14": ("user", ""),
    "15": ("here", "method"),
    "16": ("user", ""),
    "17": ("user", ""),
    "18a": ("user", ""),
    "18b": ("user", ""),
    "18c": ("user", ""),
    "18d": ("user", ""),
    "18e": ("partly", "reproduction"),
    "18f": ("partly", "reproduction"),
    "19": ("user", ""),
    "20a": ("partly", "conditions"),
    "20b": ("user", ""),
    "20c": ("user", ""),
    "21": ("here", "left_out"),
    "22": ("partly", "method"),
    "23a": ("partly", "left_out"),
    "23b": ("user", ""),
    "24": ("not-applicable", ""),
    "25": ("user", ""),
    "26": ("partly", "limits"),
    "27a": ("here", "inputs"),
    "27b": ("partly", "cases"),
    "27c": ("user", ""),
}

CHECKLIST: tuple[ChecklistItem, ...] = (
    *(ChecklistItem("CONSORT-AI", number, *answer) for number, answer in _CONSORT_AI.items()),
    *(ChecklistItem("TRIPOD+AI", number, *answer) for number, answer in _TRIPOD_AI.items()),
)


def checklist_section(texts: Texts) -> Section:
    """A table for each guideline."""
    blocks: list[Block] = [Paragraph(texts("checklist.intro"))]
    for guideline in ("CONSORT-AI", "TRIPOD+AI"):
        items = [item for item in CHECKLIST if item.guideline == guideline]
        blocks += [Subheading(guideline), _table(guideline, items, texts)]
    title = texts("checklist.title")
    return Section("checklist", title, tuple(blocks), on_new_page=True)


def _table(caption: str, items: list[ChecklistItem], texts: Texts) -> Table:
    return Table(
        caption=caption,
        head=tuple(texts(f"checklist.columns.{column}") for column in ("item", "topic", "where")),
        rows=tuple((item.number, item.topic(texts), item.where(texts)) for item in items),
        widths=(0.11, 0.50, 0.39),
    )
