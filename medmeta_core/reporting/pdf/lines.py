"""Text broken into lines, by the habits of Latin and of Chinese."""

import re
from collections.abc import Callable, Iterator

CHINESE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
CLOSING = "，。、；：？！）》」』】〉”’…％,.;:?!)]}%"
OPENING = "（《「『【〈“‘"
PIECES = re.compile(
    rf"[{OPENING}]*(?:[{CHINESE}]|[^ {CHINESE}{OPENING}]+)[{re.escape(CLOSING)}]*[ ]*"
    rf"|[{OPENING}]+[ ]*|[ ]+"
)
"""A place to break lies between two pieces: after a space, or beside a Chinese character."""


def wrapped(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines of a text, none wider than `width` by `measure`, which must be additive.

    >>> wrapped("one two three", 7, len)
    ['one two', 'three']
    >>> wrapped("无法排除的集合。", 7, len)
    ['无法排除的集', '合。']
    >>> wrapped("abcdefgh", 3, len)
    ['abc', 'def', 'gh']
    """
    lines = []
    for paragraph in text.split("\n"):
        bound = paragraph.replace(" %", "\u00a0%")  # a number stays with its sign
        lines += _fill(_fitting(bound, width, measure), width, measure)
    return lines


def _fill(pieces: Iterator[str], width: float, measure: Callable[[str], float]) -> list[str]:
    lines, line = [], ""
    for piece in pieces:
        if line and measure(line) + measure(piece.rstrip(" ")) > width:
            lines.append(line.rstrip(" "))
            line = ""
        line += piece
    return [*lines, line.rstrip(" ")]


def _fitting(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """The pieces of a text; one that is wider than a line is cut where it must be."""
    for piece in PIECES.findall(text):
        part = ""
        for character in piece if measure(piece.rstrip(" ")) > width else ():
            if part and measure(part + character) > width:
                yield part
                part = ""
            part += character
        yield part or piece
