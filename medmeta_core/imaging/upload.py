"""`Upload` goes in; `ReadItem`, `StorableItem` or `Refusal` comes out."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.storable import StorableImage


@dataclass(frozen=True)
class Upload:
    """A file as it came.

    Attributes:
        name: as given, without its folder.
        content: its bytes, or where they lie: a large file never enters this process whole.
        folder: relative path with slashes; its last part is the condition. "" if none.
    """

    name: str
    content: bytes | Path
    folder: str = ""

    @property
    def n_bytes(self) -> int:
        """Its size.

        Raises:
            OSError: the file is gone.
        """
        if isinstance(self.content, Path):
            return self.content.stat().st_size
        return len(self.content)

    def open(self) -> BinaryIO:
        """Its bytes as a file.

        Raises:
            OSError: the file is gone.
        """
        if isinstance(self.content, Path):
            return self.content.open("rb")
        return BytesIO(self.content)

    def digest(self) -> str:
        """sha256 (hex) of its bytes.

        Raises:
            OSError: the file is gone.
        """
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


@dataclass(frozen=True)
class ReadItem:
    """A file that was read: one image, or one for each frame asked for."""

    name: str
    folder: str
    images: tuple[MedicalImage, ...]


@dataclass(frozen=True)
class StorableItem:
    """A file that was read and made ready for a store: one image, or one for each frame."""

    name: str
    folder: str
    images: tuple[StorableImage, ...]


@dataclass(frozen=True)
class Refusal:
    """A file that was not read.

    Attributes:
        rule: one of `RULES`.
        message: for the clinician; has nothing of the patient and not the file's name.
    """

    name: str
    folder: str
    rule: str
    message: str
