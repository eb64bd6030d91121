"""Arrays in few bytes, without loss and without pickle: the planes of a stored image.

A plane of float32 becomes, where that is exact to the last bit, small whole numbers or
indices into a table of the values that occur; each row is then written as differences to
the left neighbour, high bytes before low bytes, and deflated.
"""

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.image import FloatArray

Array = NDArray[Any]

WHOLE = ("u1", "<i2", "<u2", "<i4")
LEVEL = 4  # of zlib: level 6 takes three times as long for 4 % less

BLOCK = 2**20
"""Elements of a block of rows: worked through so, a plane of 40 million pixels is held once."""


def pack(plane: Array) -> tuple[dict[str, Any], bytes]:
    """(what `unpack` must know, content) of a plane of uint8, uint16 or float32."""
    if plane.dtype in (np.uint8, np.uint16):
        return _packed(plane.astype(plane.dtype.newbyteorder("<")), {"as": "levels"})
    whole = _whole_numbers(plane)
    if whole is not None:
        return _packed(whole, {"as": "whole"})
    bits = plane.view(np.uint32)
    table = _table(bits)
    if table is None:
        return _packed(bits.astype("<u4", copy=False), {"as": "bits"})
    indices = np.empty(plane.shape, "<u2")
    for target, block in zip(_blocks(indices), _blocks(bits), strict=True):
        target[...] = np.searchsorted(table, block)
    spec = {"as": "table", "n": len(table)}
    return _packed(indices, spec, before=table.astype("<u4").tobytes())


def unpack(spec: dict[str, Any], content: bytes, *, max_elements: int) -> Array:
    """The plane that was packed.

    Raises:
        ValueError, KeyError, TypeError, zlib.error: `pack` did not write this, or the
            plane has more than `max_elements`.
    """
    shape = tuple(int(n) for n in spec["shape"])
    if len(shape) not in (2, 3) or min(shape) < 1 or math.prod(shape) > max_elements:
        raise ValueError(f"shape: {shape}")
    n_table = int(spec.get("n", 0))
    if not 0 <= n_table <= 2**16:
        raise ValueError(f"table: {n_table}")
    numbers = np.dtype(spec["dtype"] if spec["dtype"] in (*WHOLE, "<u4") else "V")
    flat = memoryview(_inflate(content, 4 * n_table + math.prod(shape) * numbers.itemsize))
    plane: Array = _sum_of_steps(flat[4 * n_table :], shape, numbers=numbers)
    if spec["as"] == "levels":
        return plane.astype(plane.dtype.newbyteorder("="), copy=False)
    if spec["as"] == "whole":
        return plane.astype(np.float32)
    bits = np.frombuffer(flat[: 4 * n_table], "<u4")[plane] if n_table else plane
    return bits.astype(np.uint32).view(np.float32)


def same_bits(one: FloatArray, other: FloatArray) -> bool:
    """Whether two float32 arrays are equal bit by bit (-0 is not 0, NaN is itself)."""
    return bool(np.array_equal(one.view(np.uint32), other.view(np.uint32)))


def _whole_numbers(plane: FloatArray) -> Array | None:
    low, high = float(plane.min()), float(plane.max())
    for name in WHOLE if math.isfinite(low) and math.isfinite(high) else ():
        limits = np.iinfo(name)
        if limits.min <= low and high <= limits.max:
            whole = np.empty(plane.shape, name)
            for target, block in zip(_blocks(whole), _blocks(plane), strict=True):
                target[...] = block.astype(name)
                if not same_bits(target.astype(np.float32), block):
                    return None
            return whole
    return None


def _table(bits: Array) -> Array | None:
    """The values that occur, sorted; None where they are too many for a table to be worth it."""
    table = np.empty(0, bits.dtype)
    for block in _blocks(bits):
        table = np.union1d(table, block)
        if len(table) > 2**16 or len(table) * 2 >= bits.size:
            return None
    return table


def _packed(
    numbers: Array, spec: dict[str, Any], *, before: bytes = b""
) -> tuple[dict[str, Any], bytes]:
    unsigned = numbers.view(f"<u{numbers.itemsize}")
    deflating = zlib.compressobj(LEVEL)
    parts = [deflating.compress(before)]
    for place in range(numbers.itemsize):
        for block in _blocks(unsigned):
            steps = np.diff(block, axis=-1, prepend=unsigned.dtype.type(0))  # wraps round
            by_place = np.ascontiguousarray(steps.view(np.uint8)[:, place :: numbers.itemsize])
            parts.append(deflating.compress(by_place.data))
    content = b"".join([*parts, deflating.flush()])
    return spec | {"dtype": numbers.dtype.str.replace("|", ""), "shape": numbers.shape}, content


def _blocks(plane: Array) -> list[Array]:
    """The rows (…, w) of a contiguous plane in blocks of about `BLOCK` elements; views."""
    rows = plane.reshape(-1, plane.shape[-1])
    n = max(1, BLOCK // plane.shape[-1])
    return [rows[at : at + n] for at in range(0, len(rows), n)]


def _inflate(content: bytes, n_bytes: int) -> bytes:
    inflating = zlib.decompressobj()
    flat = inflating.decompress(content, n_bytes + 1)
    if len(flat) != n_bytes or not inflating.eof:
        raise ValueError(f"content: expected {n_bytes} bytes, actual {len(flat)} or more")
    return flat


def _sum_of_steps(flat: memoryview, shape: tuple[int, ...], *, numbers: np.dtype[Any]) -> Array:
    by_place = np.frombuffer(flat, np.uint8).reshape(numbers.itemsize, -1, shape[-1])
    plane = np.empty(shape, f"<u{numbers.itemsize}")
    at = 0
    for block in _blocks(plane):
        target = block.view(np.uint8)
        for place in range(numbers.itemsize):
            target[:, place :: numbers.itemsize] = by_place[place, at : at + len(block)]
        np.cumsum(block, axis=-1, dtype=block.dtype, out=block)
        at += len(block)
    return plane.view(numbers)
