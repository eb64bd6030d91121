"""A log that TensorBoard reads, written without TensorBoard.

A record is its length, its masked CRC-32C, the bytes and theirs (TFRecord); the bytes are an
`Event` of tensorboard/compat/proto/event.proto in the wire format of protocol buffers.
"""

import struct
import time
from pathlib import Path

WIRE_DOUBLE, WIRE_BYTES, WIRE_FLOAT, WIRE_VARINT = 1, 2, 5, 0


class EventFile:
    """One file of scalars; a new one for each start of a run."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"events.out.tfevents.{time.time_ns()}"
        self._append(_field(3, WIRE_BYTES, b"brain.Event:2"), at=time.time())

    def write(self, step: int, curve: str, value: float, *, at: float) -> None:
        """Append one value of a curve; `at` in seconds since 1970."""
        scalar = _field(1, WIRE_BYTES, curve.encode()) + _field(2, WIRE_FLOAT, value)
        summary = _field(1, WIRE_BYTES, scalar)
        self._append(_field(2, WIRE_VARINT, step) + _field(5, WIRE_BYTES, summary), at=at)

    def _append(self, event: bytes, *, at: float) -> None:
        with self._path.open("ab") as file:
            file.write(record(_field(1, WIRE_DOUBLE, at) + event))


def record(content: bytes) -> bytes:
    """The content framed as a TFRecord."""
    length = struct.pack("<Q", len(content))
    return length + _masked(length) + content + _masked(content)


def crc32c(content: bytes) -> int:
    """The Castagnoli checksum (RFC 3720, appendix B.4).

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc = 0xFFFFFFFF
    for byte in content:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _crc_entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


CRC_TABLE = tuple(_crc_entry(byte) for byte in range(256))


def _masked(content: bytes) -> bytes:
    crc = crc32c(content)
    turned = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return struct.pack("<I", (turned + 0xA282EAD8) & 0xFFFFFFFF)


def _field(number: int, wire: int, value: int | float | bytes) -> bytes:
    """A field of a protocol buffer: its number and wire type, then its value."""
    key = bytes([number << 3 | wire])
    if isinstance(value, bytes):
        return key + _varint(len(value)) + value
    if wire == WIRE_VARINT:
        return key + _varint(int(value))
    return key + struct.pack("<d" if wire == WIRE_DOUBLE else "<f", value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow.

    >>> _varint(300).hex()
    'ac02'
    """
    head, rest = value & 0x7F, value >> 7
    return bytes([head | 0x80]) + _varint(rest) if rest else bytes([head])
