"""The word SYNTHETIC in the picture itself, in letters of our own: the same on every machine."""

import numpy as np
from numpy.typing import NDArray

LETTERS = {
    "S": (".###", "#...", ".##.", "...#", "###."),
    "Y": ("#..#", "#..#", ".###", "...#", ".##."),
    "N": ("#..#", "##.#", "#.##", "#..#", "#..#"),
    "T": ("#####", "..#..", "..#..", "..#..", "..#.."),
    "H": ("#..#", "#..#", "####", "#..#", "#..#"),
    "E": ("####", "#...", "###.", "#...", "####"),
    "I": ("#", "#", "#", "#", "#"),
    "C": (".###", "#...", "#...", "#...", ".###"),
    "R": ("###.", "#..#", "###.", "#.#.", "#..#"),
}


def lettered(word: str, *, scale: int = 1) -> NDArray[np.bool_]:
    """The word as a (5 * scale, width) bitmap.

    >>> for row in lettered("IT"): print("".join("#" if dot else "." for dot in row))
    #.#####
    #...#..
    #...#..
    #...#..
    #...#..
    """
    rows = [".".join(LETTERS[letter][row] for letter in word) for row in range(5)]
    bitmap = np.array([[dot == "#" for dot in row] for row in rows])
    return bitmap.repeat(scale, axis=0).repeat(scale, axis=1)


def place_of_mark(side: int, *, scale: int) -> tuple[slice, slice]:
    """Where the mark stands in a square picture: at the lower right."""
    height, width = lettered("SYNTHETIC", scale=scale).shape
    margin = 3 * scale
    bottom, right = side - margin, side - margin
    return slice(bottom - height, bottom), slice(right - width, right)
