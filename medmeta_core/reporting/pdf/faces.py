"""The fonts of a PDF: DejaVu, which comes with matplotlib, and a Chinese one where found."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import error as StructError

import matplotlib
from fontTools.ttLib import TTCollection, TTFont, TTLibError  # type: ignore[import-untyped]

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
CHINESE_FILES = (
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
    ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf"),
    ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"),
    ("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf"),
    ("SourceHanSansCN-Regular.otf", "SourceHanSansCN-Bold.otf"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("Hiragino Sans GB.ttc", ""),
    ("STHeiti Light.ttc", "STHeiti Medium.ttc"),
    ("PingFang.ttc", ""),
    ("wqy-microhei.ttc", ""),
    ("wqy-zenhei.ttc", ""),
    ("DroidSansFallbackFull.ttf", ""),
    ("simhei.ttf", ""),
    ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc"),
)
"""Regular and bold, best first; "" where there is no bold."""
SIMPLIFIED = ("SC", "CN", "GB")
PROBE = "病"
BROKEN_FONT = (TTLibError, OSError, AssertionError, StructError, LookupError, ValueError)
"""What fontTools raises over a damaged file."""


@dataclass(frozen=True)
class Face:
    """A font file, and which of its fonts where it holds several."""

    path: Path
    number: int = 0


@dataclass(frozen=True)
class Faces:
    """What a PDF is set in; `chinese` is None where this machine has no such font."""

    regular: Face
    bold: Face
    mono: Face
    chinese: Face | None = None
    chinese_bold: Face | None = None


@cache
def find_faces(folders: tuple[Path, ...] = FONT_FOLDERS) -> Faces:
    """The fonts of this machine."""
    shipped = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    chinese, chinese_bold = _find_chinese(_files(folders))
    return Faces(
        regular=Face(shipped / "DejaVuSans.ttf"),
        bold=Face(shipped / "DejaVuSans-Bold.ttf"),
        mono=Face(shipped / "DejaVuSansMono.ttf"),
        chinese=chinese,
        chinese_bold=chinese_bold,
    )


def _files(folders: tuple[Path, ...]) -> Mapping[str, Path]:
    """Font files by name; a user's own come first."""
    found: dict[str, Path] = {}
    for folder in folders:
        for place, _, names in os.walk(folder.expanduser()):
            for name in names:
                found.setdefault(name.lower(), Path(place) / name)
    return found


def _find_chinese(files: Mapping[str, Path]) -> tuple[Face | None, Face | None]:
    for regular, bold in CHINESE_FILES:
        face = _usable(files.get(regular.lower()))
        if face:
            return face, _usable(files.get(bold.lower()))
    return None, None


def _usable(path: Path | None) -> Face | None:
    """The simplified Chinese font of a file; None where it holds none that can be embedded."""
    if path is None:
        return None
    try:
        fonts = TTCollection(path, lazy=True).fonts if path.suffix == ".ttc" else [TTFont(path)]
        usable = [number for number, font in enumerate(fonts) if _is_usable(font)]
        simplified = [number for number in usable if _is_simplified(fonts[number])]
    except BROKEN_FONT:
        return None
    return Face(path, (simplified or usable)[0]) if usable else None


def _is_usable(font: TTFont) -> bool:
    return ("glyf" in font or "CFF " in font) and ord(PROBE) in font.getBestCmap()


def _is_simplified(font: TTFont) -> bool:
    return bool(set(SIMPLIFIED) & set((font["name"].getDebugName(1) or "").split()))
