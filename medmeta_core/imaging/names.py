"""Names of files and folders: cleaned, passed over or unsafe, and what a zip means by its own."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from zipfile import ZipInfo

IGNORED = ("thumbs.db", "desktop.ini", "dicomdir", "__macosx")
SAYS_UTF_8 = 0x800
FIRST_HAN_BYTE = 0xA1

MAX_NAME_LENGTH = 120
"""Letters of the name of a condition."""

TRAILING = " .。,;:"
"""What is often left behind at the end of a name, once letters are of the usual width."""

UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs")
"""Unicode categories of what no reader sees: controls, marks of direction, lone surrogates."""


def clean_name(name: str) -> str:
    """The name as a reader sees it, so that names which look the same are the same.

    Composed (NFC), each run of white space one space, none at the ends, nothing unseen.

    >>> clean_name(" Ne\N{COMBINING ACUTE ACCENT}vus\N{NO-BREAK SPACE}\N{RIGHT-TO-LEFT MARK} bleu ")
    'Névus bleu'
    """
    spaced = " ".join(unicodedata.normalize("NFC", name).split())
    visible = "".join(c for c in spaced if unicodedata.category(c) not in UNSEEN)
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def is_cleaned(name: str) -> bool:
    """Whether `clean_name` leaves out spaces or unseen characters, not only composes letters.

    >>> is_cleaned("Nevus "), is_cleaned("Ne\N{COMBINING ACUTE ACCENT}vus")
    (True, False)
    """
    return unicodedata.normalize("NFC", name) != clean_name(name)


def similar_names(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Names that differ only by capital letters, width, or a dot, comma or space at the end.

    >>> similar_names(["Flu", "cold", "flu.", "\N{FULLWIDTH LATIN CAPITAL LETTER F}lu"])
    (('Flu', 'flu.', 'Ｆlu'),)
    """
    groups = dict[str, list[str]]()
    for name in sorted(set(names)):
        groups.setdefault(_similarity_key(name), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _similarity_key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return folded.strip(TRAILING) or folded


def is_ignored(path: str) -> bool:
    """Whether an operating system or a recorder left this behind beside the pictures.

    >>> is_ignored("__MACOSX/a/._1.png"), is_ignored("a/.DS_Store"), is_ignored("a/1.png")
    (True, True, False)
    """
    parts = PurePosixPath(path).parts
    return any(part.startswith(".") or part.lower() in IGNORED for part in parts if part != "..")


def leads_out(path: str) -> bool:
    """Whether a path leaves the folder that it is relative to.

    >>> leads_out("../a.png"), leads_out("/a.png"), leads_out("C:/a.png"), leads_out("a/b.png")
    (True, True, True, False)
    """
    return (
        path.startswith("/") or re.match("[A-Za-z]:", path) is not None or ".." in path.split("/")
    )


def name_in_zip(entry: ZipInfo) -> str:
    """The path of an entry, with slashes, in the letters that its packer meant.

    A zip that does not say UTF-8 is read as code page 437 by the library. Many packers mean
    UTF-8 all the same; those of Chinese systems mean GB 18030, whose bytes for Han characters
    are box-drawing characters and Greek letters in code page 437, which no one puts in a name.
    """
    name = entry.filename
    if not entry.flag_bits & SAYS_UTF_8:
        name = _meant(name.encode("cp437"), otherwise=name)
    return name.replace("\\", "/").replace("\0", "")


def _meant(stored: bytes, *, otherwise: str) -> str:
    is_han = all(byte >= FIRST_HAN_BYTE for byte in stored if byte >= 0x80)
    for encoding in ("utf-8", "gb18030") if is_han else ("utf-8",):
        try:
            return stored.decode(encoding)
        except UnicodeDecodeError:
            continue
    return otherwise
