"""Frames in fragments: which fragments make which frame (PS3.5 A.4).

What the fragments begin with decides; offset tables are compared with it, and asked only
where the fragments do not tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import SEEK_END
from typing import Any, BinaryIO

from medmeta_core.imaging.formats.dicom.codestream import STARTS
from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.refusals import Refused

ITEM, DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
RUN_LENGTHS = tuple(bytes([n, 0, 0, 0, 64, 0, 0, 0]) for n in range(1, 16))
"""With n segments, of which the first follows the header of 64 bytes (PS3.5 G.5)."""

JPEG_XL = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")
BEGINNINGS = (*STARTS, *RUN_LENGTHS, *JPEG_XL)
N_FIRST_BYTES = 8


@dataclass(frozen=True)
class Fragment:
    """A piece of the pixels.

    Attributes:
        offset: of its item, from the first item after the basic offset table.
        start: of its content in the stream.
        n_bytes: of its content, as many as are there.
        beginning: the one of `BEGINNINGS` that it has, or b"".
    """

    offset: int
    start: int
    n_bytes: int
    beginning: bytes


Groups = tuple[tuple[Fragment, ...], ...]


@dataclass(frozen=True)
class Frames:
    """The fragments of each frame, and whether the file's own account of them is wrong."""

    groups: Groups
    is_departing: bool

    def code(self, content: BinaryIO, number: int) -> bytes:
        """The compressed bytes of a frame.

        Raises:
            Refused: the file ends before that frame.
        """
        if number >= len(self.groups):
            raise Refused("truncated")
        pieces = []
        for fragment in self.groups[number]:
            content.seek(fragment.start)
            pieces.append(content.read(fragment.n_bytes))
        return b"".join(pieces)


def locate_frames(content: BinaryIO, start: int, *, tags: Tags, n_frames: int | None) -> Frames:
    """The frames of the pixels that begin at `start` of the stream.

    Args:
        n_frames: as stated; None where it is not.

    Raises:
        Refused: the fragments cannot be separated into frames.
    """
    table, fragments = _fragments(content, start)
    if not fragments:
        raise Refused("truncated")
    has_table = fragments[0].start > start + 8
    by_table = [_by_offsets(fragments, offsets) for offsets in (_extended(tags), table) if offsets]
    groups = _chosen(fragments, by_table, n_frames)
    is_departing = not has_table or any(other != groups for other in by_table)
    return Frames(groups, is_departing)


def _chosen(fragments: list[Fragment], by_table: list[Groups], n_frames: int | None) -> Groups:
    """The first account of the frames that has as many as are stated."""
    by_beginning = _by_beginning(fragments)
    each = tuple((fragment,) for fragment in fragments)
    accounts = [groups for groups in (by_beginning, *by_table) if groups]
    if n_frames is None:
        return accounts[0] if accounts else (tuple(fragments),)
    for groups in (*accounts, each, (tuple(fragments),)):
        if len(groups) == n_frames:
            return groups
    if not by_beginning:
        raise Refused("contradictory-tags", tag="number-of-frames")
    return by_beginning  # of a file that was cut short, or with more than are stated


def _fragments(content: BinaryIO, start: int) -> tuple[tuple[int, ...], list[Fragment]]:
    """The basic offset table and the fragments, up to the delimiter or the end of the file.

    Some writers leave the item of the table out: it begins with an offset of 0, no frame does.
    """
    end = content.seek(0, SEEK_END)
    content.seek(start)
    table, fragments = tuple[int, ...](), list[Fragment]()
    base = at = start
    while (header := content.read(8))[:4] == ITEM and len(header) == 8:
        n_bytes = min(int.from_bytes(header[4:], "little"), end - at - 8)
        head = content.read(min(n_bytes, N_FIRST_BYTES))
        beginning = next((b for b in BEGINNINGS if head.startswith(b)), b"")
        if at == start and not beginning:
            rest = content.read(n_bytes - len(head))
            table, base = _numbers(head + rest, 4), at + 8 + n_bytes
        else:
            fragments.append(Fragment(at - base, at + 8, n_bytes, beginning))
        at = _next_item(content, at + 8 + n_bytes)
    return table, fragments


def _next_item(content: BinaryIO, at: int) -> int:
    """`at`, or one byte on where a fragment of odd length was padded without being counted."""
    content.seek(at)
    header = content.read(5)
    if header[:4] not in (ITEM, DELIMITER) and header[1:] in (ITEM, DELIMITER):
        at += 1
    content.seek(at)
    return at


def _by_beginning(fragments: list[Fragment]) -> Groups:
    """A frame for each fragment that begins as the first does; none where that tells nothing."""
    beginning = fragments[0].beginning
    if not beginning:
        return ()
    firsts = [i for i, fragment in enumerate(fragments) if fragment.beginning == beginning]
    return _from(fragments, firsts)


def _by_offsets(fragments: list[Fragment], offsets: Sequence[int]) -> Groups:
    """A frame for each offset; none where the offsets are not those of fragments, in order."""
    at = {fragment.offset: number for number, fragment in enumerate(fragments)}
    firsts = [at.get(offset, -1) for offset in offsets]
    is_rising = all(one < other for one, other in zip(firsts, firsts[1:], strict=False))
    return _from(fragments, firsts) if firsts[0] == 0 and is_rising else ()


def _from(fragments: list[Fragment], firsts: list[int]) -> Groups:
    ends = [*firsts[1:], len(fragments)]
    return tuple(tuple(fragments[one:end]) for one, end in zip(firsts, ends, strict=True))


def _extended(tags: Tags) -> tuple[int, ...]:
    """Of the Extended Offset Table; the lengths beside it say what the items say as well."""
    return _numbers(tags.value("ExtendedOffsetTable"), 8)


def _numbers(content: Any, n_bytes: int) -> tuple[int, ...]:
    if not isinstance(content, bytes):
        return ()
    n = len(content) // n_bytes * n_bytes
    return tuple(int.from_bytes(content[i : i + n_bytes], "little") for i in range(0, n, n_bytes))
