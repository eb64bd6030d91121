"""What the chunks of a PNG say of its colours: cICP before iCCP before sRGB before gAMA."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from medmeta_core.imaging.colour_profile import NOT_APPLIED
from medmeta_core.imaging.formats.coded_colour import coded_profile, measured_profile

SIGNATURE_BYTES = 8
MAX_CHUNKS = 1000
MAX_PROFILE_BYTES = 2**24


def png_profile(content: BinaryIO) -> tuple[bytes | None, str | None]:
    """(ICC profile, note) of the colours of a PNG; no profile where they are sRGB."""
    chunks = dict(_colour_chunks(content))
    if len(chunks.get(b"cICP", b"")) == 4:
        return coded_profile(chunks[b"cICP"][0], chunks[b"cICP"][1])
    if b"iCCP" in chunks:
        return _embedded(chunks[b"iCCP"])
    if b"sRGB" in chunks:
        return None, None
    gamma = chunks.get(b"gAMA", b"")
    points = chunks.get(b"cHRM", b"")
    numbers = tuple(int.from_bytes(points[i : i + 4], "big") / 100_000 for i in range(0, 32, 4))
    return measured_profile(
        int.from_bytes(gamma, "big") / 100_000 if len(gamma) == 4 else None,
        numbers if len(points) == 32 else None,
    )


def _embedded(chunk: bytes) -> tuple[bytes | None, str | None]:
    _, _, packed = chunk.partition(b"\0")
    try:
        inflating = zlib.decompressobj()
        profile = inflating.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return None, NOT_APPLIED
    return (profile, None) if profile and not inflating.unconsumed_tail else (None, NOT_APPLIED)


def _colour_chunks(content: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The chunks before the pixels that describe colour."""
    content.seek(SIGNATURE_BYTES)
    for _ in range(MAX_CHUNKS):
        head = content.read(8)
        n_bytes, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind in (b"IDAT", b"IEND"):
            return
        if kind in (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM") and n_bytes < MAX_PROFILE_BYTES:
            yield kind, content.read(n_bytes)
            n_bytes = 0
        content.seek(n_bytes + 4, 1)  # the checksum
