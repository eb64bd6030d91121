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


def pack(plane: Array) -> tuple[dict[str, Any], bytes]:
    """(what `unpack` must know, content) of a plane of uint8, uint16 or float32."""
    if plane.dtype in (np.uint8, np.uint16):
        return _packed(plane.astype(plane.dtype.newbyteorder("<")), {"as": "levels"})
    whole = _whole_numbers(plane)
    if whole is not None:
        return _packed(whole, {"as": "whole"})
    table, indices = np.unique(plane.view(np.uint32), return_inverse=True)
    if len(table) <= 2**16 and len(table) * 2 < plane.size:
        packed, before = indices.reshape(plane.shape).astype("<u2"), table.astype("<u4").tobytes()
        return _packed(packed, {"as": "table", "n": len(table)}, before=before)
    return _packed(plane.view(np.uint32).astype("<u4"), {"as": "bits"})


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
    flat = _inflate(content, 4 * n_table + math.prod(shape) * numbers.itemsize)
    plane: Array = _sum_of_steps(flat[4 * n_table :], shape, numbers=numbers)
    if spec["as"] in ("levels", "whole"):
        return plane.astype(plane.dtype.newbyteorder("=") if spec["as"] == "levels" else np.float32)
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
            whole = plane.astype(name)
            return whole if same_bits(whole.astype(np.float32), plane) else None
    return None


def _packed(
    numbers: Array, spec: dict[str, Any], *, before: bytes = b""
) -> tuple[dict[str, Any], bytes]:
    unsigned = numbers.view(f"<u{numbers.itemsize}")
    steps = np.diff(unsigned, axis=-1, prepend=unsigned.dtype.type(0))  # wraps round
    by_place = steps.reshape(-1, 1).view(np.uint8).T  # (bytes, elements)
    content = zlib.compress(before + by_place.tobytes(), LEVEL)
    return spec | {"dtype": numbers.dtype.str.replace("|", ""), "shape": numbers.shape}, content


def _inflate(content: bytes, n_bytes: int) -> bytes:
    inflating = zlib.decompressobj()
    flat = inflating.decompress(content, n_bytes + 1)
    if len(flat) != n_bytes or not inflating.eof:
        raise ValueError(f"content: expected {n_bytes} bytes, actual {len(flat)} or more")
    return flat


def _sum_of_steps(flat: bytes, shape: tuple[int, ...], *, numbers: np.dtype[Any]) -> Array:
    by_place = np.frombuffer(flat, np.uint8).reshape(numbers.itemsize, -1)
    steps = np.ascontiguousarray(by_place.T).view(f"<u{numbers.itemsize}").reshape(shape)
    return np.cumsum(steps, axis=-1, dtype=steps.dtype).view(numbers)
