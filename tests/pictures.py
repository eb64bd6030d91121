"""Folders of small pictures that tests make and read back."""

from pathlib import Path

import numpy as np
import tiny
from PIL import Image


def write_folder(folder: Path, counts: dict[str, int]) -> Path:
    """A folder of PNG files, one sub-folder a condition, each with stripes of its own."""
    for k, (condition, n) in enumerate(counts.items()):
        (folder / condition).mkdir(parents=True)
        for i, picture in enumerate(tiny.stripes(n, 3 + 4 * k, seed=40 + k)):
            pixels = (picture.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
            Image.fromarray(pixels).resize((96, 96)).save(folder / condition / f"{i}.png")
    return folder


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    """The folder with these contents by their place in it."""
    for place, content in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)
    return folder
