"""Passes over maps that torch would make in many: compiled from `block_passes.c` at first use.

Maps are float32 (n, c, h, w) laid out with the channels last.
"""

import ctypes
import hashlib
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fopenmp-simd", "-shared", "-fPIC")


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """The compiled passes; None where no C compiler is available or it fails."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Windows: in use
        name = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
        built = Path(folder) / f"{name}.so"
        try:
            command = [compiler, *FLAGS, str(SOURCE), "-o", str(built)]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
            return ctypes.CDLL(str(built))
        except (OSError, subprocess.SubprocessError):
            return None


def moments(maps: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Sums over places (n, c, 1, 1) of `maps`, and of `maps` times `other`."""
    n, c, h, w = maps.shape
    sums, products = torch.empty(n, c, 1, 1), torch.empty(n, c, 1, 1)
    _call("moments", (maps, other, sums, products), (n, h * w, c))
    return sums, products


def pool(maps: Tensor, sign: Tensor) -> tuple[Tensor, Tensor]:
    """The extreme of each window of 2 x 2, and which of its places holds it (int8).

    Args:
        sign: (c,) 1 for the maximum, -1 for the minimum.
    """
    best = _halved(maps, torch.float32)
    where = _halved(maps, torch.int8)
    _call("pool", (maps, sign, best, where), _sizes(maps))
    return best, where


def gather(maps: Tensor, where: Tensor) -> Tensor:
    """What `maps` hold at the places that `pool` found."""
    output = _halved(maps, torch.float32)
    _call("gather", (maps, where, output), _sizes(maps))
    return output


def spread(
    pooled: Tensor,
    where: Tensor,
    *,
    maps: tuple[Tensor, Tensor | None],
    weights: tuple[Tensor, Tensor, Tensor],
) -> Tensor:
    """weights[0] + weights[1] maps[0] + weights[2] maps[1], plus `pooled` where `pool` found it.

    Args:
        weights: broadcastable to (n, c, 1, 1).
    """
    first, second = maps
    n, c = first.shape[:2]
    spelled = [weight.expand(n, c, 1, 1).contiguous() for weight in weights]
    output = torch.empty_like(first)
    pooled = channels_last(pooled)
    _call("spread", (pooled, where, first, second, *spelled, output), _sizes(first))
    return output


def channels_last(maps: Tensor) -> Tensor:
    """The same maps, laid out as the passes read them."""
    return maps.contiguous(memory_format=torch.channels_last)


def _halved(maps: Tensor, dtype: torch.dtype) -> Tensor:
    n, c, h, w = maps.shape
    return torch.empty(n, c, h // 2, w // 2, dtype=dtype, memory_format=torch.channels_last)


def _sizes(maps: Tensor) -> tuple[int, ...]:
    n, c, h, w = maps.shape
    return n, h, w, c


def _call(name: str, tensors: tuple[Tensor | None, ...], sizes: tuple[int, ...]) -> None:
    built = library()
    if built is None:
        raise ValueError("no compiled passes: ask `library` first")
    pointers = [ctypes.c_void_p(None if t is None else t.data_ptr()) for t in tensors]
    getattr(built, name)(*pointers, *(ctypes.c_int(size) for size in sizes))
