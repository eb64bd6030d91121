"""`Tags`: a frame's attributes, whatever state they are in."""

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset

UNREADABLE = (ValueError, TypeError, AttributeError, KeyError, ArithmeticError, struct.error)
"""What pydicom raises where an attribute's value cannot be what its type says."""

FRAME_MACROS = (
    "FrameVOILUTSequence",
    "PixelValueTransformationSequence",
    "PixelMeasuresSequence",
    "OpticalPathIdentificationSequence",
    "CTImageFrameTypeSequence",
    "MRImageFrameTypeSequence",
    "PETFrameTypeSequence",
)


class Tags:
    """Attributes by keyword, read from the first dataset that holds them.

    An attribute that is empty or unreadable counts as not there.
    """

    def __init__(self, *datasets: Dataset) -> None:
        self._datasets = datasets

    @classmethod
    def of_frame(cls, dataset: Dataset, frame: int) -> "Tags":
        """The attributes of a frame: its own functional groups, the shared ones, the file's."""
        file = cls(dataset)
        groups = [
            *file.items("PerFrameFunctionalGroupsSequence")[frame : frame + 1],
            *file.items("SharedFunctionalGroupsSequence")[:1],
        ]
        macros = [item for group in groups for m in FRAME_MACROS for item in cls(group).items(m)]
        return cls(*macros, dataset)

    def holder(self, keyword: str) -> Dataset | None:
        """The dataset that holds the attribute with a value."""
        return next((dataset for dataset, _ in self._matches(keyword)), None)

    def is_there(self, keyword: str) -> bool:
        """Whether the attribute is there, be it readable or not."""
        return any(keyword in dataset for dataset in self._datasets)

    def is_empty(self, keyword: str) -> bool:
        """Whether the attribute is there without a value."""
        for dataset in self._datasets:
            if keyword in dataset:
                raw = dataset.get_item(keyword)
                return not (raw is not None and raw.value)
        return False

    def value(self, keyword: str) -> Any:
        """The value, or None."""
        return next((value for _, value in self._matches(keyword)), None)

    def text(self, keyword: str) -> str:
        """The value as text, the first of several; "" where there is none."""
        value = self.value(keyword)
        return str(value[0] if _is_list(value) else value or "").strip(" \0\t\r\n")

    def code(self, keyword: str) -> str:
        """The value as one of those that the standard enumerates, which are in capitals."""
        return self.text(keyword).upper()

    def number(self, keyword: str) -> float | None:
        """The first number, where it is one and finite."""
        numbers = self.numbers(keyword)
        return numbers[0] if numbers else None

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """All numbers; empty where one of them is none or not finite."""
        value = self.value(keyword)
        try:
            numbers = tuple(float(n) for n in (value if _is_list(value) else [value]))
        except UNREADABLE:
            return ()
        return numbers if all(math.isfinite(n) for n in numbers) else ()

    def count(self, keyword: str) -> int | None:
        """The whole number, or None."""
        number = self.number(keyword)
        return int(number) if number is not None and number == int(number) else None

    def items(self, keyword: str) -> list[Dataset]:
        """The items of a sequence."""
        value = self.value(keyword)
        return [item for item in value if isinstance(item, Dataset)] if _is_list(value) else []

    def _matches(self, keyword: str) -> Iterator[tuple[Dataset, Any]]:
        for dataset in self._datasets:
            try:
                value = dataset.get(keyword)
            except UNREADABLE:
                continue
            if value is not None and not (_is_list(value) and len(value) == 0) and value != "":
                yield dataset, value


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
