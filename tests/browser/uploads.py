"""Folders and files that a visitor may bring, the hostile ones included."""

import csv
import shutil
import struct
import zipfile
import zlib
from pathlib import Path

from medmeta_core.paths import assets_folder


def drawn_folder(parent: Path, *, n_examples: int) -> Path:
    """A folder per condition with a few drawn cells each."""
    examples = assets_folder() / "demo/blood_smear/examples"
    return some_of(examples, parent / "my cells", n_examples=n_examples)


def some_of(source: Path, target: Path, *, n_examples: int) -> Path:
    """The first pictures of each condition in `source`, copied to `target`."""
    for condition in sorted(path for path in source.iterdir() if path.is_dir()):
        folder = target / condition.name
        folder.mkdir(parents=True)
        for picture in sorted(condition.iterdir())[:n_examples]:
            shutil.copy(picture, folder)
    return target


def new_case() -> Path:
    """A drawn cell that is none of the examples."""
    return assets_folder() / "demo/blood_smear/cases/case-4.png"


def one_dicom_file_of_each(modalities: tuple[str, ...], folder: Path) -> list[Path]:
    """The first plain file of each modality that the folder's index names."""
    with (folder / "INDEX.csv").open(encoding="utf-8", newline="") as index:
        plain = [row for row in csv.DictReader(index) if row["decodes_builtin"] == "yes"]
    return [
        next(folder / row["path"] for row in plain if row["modality"] == modality)
        for modality in modalities
    ]


def bad_files(folder: Path) -> list[Path]:
    """One file for each way of being unreadable."""
    good = new_case().read_bytes()
    contents = {
        "torn.png": good[: len(good) // 2],
        "letter.dcm": b"Dear colleague, please find enclosed",
        "empty.jpg": b"",
        "endless.png": _picture_header(100_000, 100_000),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    with zipfile.ZipFile(folder / "many.zip", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.png", b"")
    return [*(folder / name for name in contents), folder / "many.zip"]


def _picture_header(width: int, height: int) -> bytes:
    """A PNG that announces more pixels than any memory holds."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
