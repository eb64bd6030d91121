"""The fonts of a PDF: DejaVu, which comes with matplotlib, and others where they are found."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from struct import error as StructError

import matplotlib
from fontTools.ttLib import TTCollection, TTFont, TTLibError  # type: ignore[import-untyped]

from medmeta_core.languages import LANGUAGES, Fonts

FONT_FOLDERS = (
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
    Path("/usr/local/share/fonts"),
    Path("/usr/share/fonts"),
    Path("~/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
BROKEN_FONT = (TTLibError, OSError, AssertionError, StructError, LookupError, ValueError)
"""What fontTools raises over a damaged file."""


@dataclass(frozen=True)
class Face:
    """A font file, and which of its fonts where it holds several."""

    path: Path
    number: int = 0


@dataclass(frozen=True)
class Faces:
    """What a PDF is set in.

    Attributes:
        by_language: code of a language that DejaVu does not serve → its regular and bold font,
            as far as this machine has them.
    """

    regular: Face
    bold: Face
    mono: Face
    by_language: Mapping[str, tuple[Face, Face]] = field(default_factory=dict)


@cache
def find_faces(folders: tuple[Path, ...] = FONT_FOLDERS) -> Faces:
    """The fonts of this machine."""
    shipped = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    files = _files(folders)
    required = {code: one.fonts for code, one in LANGUAGES.items() if one.fonts is not None}
    faces = {code: _find(fonts, files) for code, fonts in required.items()}
    return Faces(
        regular=Face(shipped / "DejaVuSans.ttf"),
        bold=Face(shipped / "DejaVuSans-Bold.ttf"),
        mono=Face(shipped / "DejaVuSansMono.ttf"),
        by_language={code: pair for code, pair in faces.items() if pair is not None},
    )


def _files(folders: tuple[Path, ...]) -> Mapping[str, Path]:
    """Font files by name; a user's own come first."""
    paths: dict[str, Path] = {}
    for folder in folders:
        for place, _, names in os.walk(folder.expanduser()):
            for name in names:
                paths.setdefault(name.lower(), Path(place) / name)
    return paths


def _find(fonts: Fonts, files: Mapping[str, Path]) -> tuple[Face, Face] | None:
    """The regular and the bold font; the regular one twice where there is no bold."""
    for regular, bold in fonts.files:
        face = _usable(files.get(regular.lower()), fonts)
        if face:
            return face, _usable(files.get(bold.lower()), fonts) or face
    return None


def _usable(path: Path | None, required: Fonts) -> Face | None:
    """The font of a file that has the script; None where it holds none that can be embedded."""
    if path is None:
        return None
    try:
        fonts = TTCollection(path, lazy=True).fonts if path.suffix == ".ttc" else [TTFont(path)]
        usable = [number for number, font in enumerate(fonts) if _has(font, required.probe)]
        preferred = [number for number in usable if _is_of(fonts[number], required.families)]
    except BROKEN_FONT:
        return None
    return Face(path, (preferred or usable)[0]) if usable else None


def _has(font: TTFont, probe: str) -> bool:
    return ("glyf" in font or "CFF " in font) and ord(probe) in font.getBestCmap()


def _is_of(font: TTFont, families: tuple[str, ...]) -> bool:
    return bool(set(families) & set((font["name"].getDebugName(1) or "").split()))
