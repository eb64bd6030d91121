"""`Upload` goes in; `ReadItem`, `StorableItem` or `Refusal` comes out."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from medmeta_core.imaging.folder_labels import NO_LABEL, FolderLabel
from medmeta_core.imaging.image import MedicalImage
from medmeta_core.imaging.names import MAX_NAME_LENGTH
from medmeta_core.imaging.stored_form import StorableImage
from medmeta_core.languages import FALLBACK
from medmeta_core.messages import Fact, sentence
from medmeta_core.operating_system import open_again


@dataclass(frozen=True)
class Upload:
    """A file as it came.

    Attributes:
        name: as given, without its folder.
        content: its bytes, where they lie, or an open file: a large one never enters this
            process whole.
        folder: relative path with slashes, "" if none.
        label: what the folder says of the file; found while reading, which sees all folders.
    """

    name: str
    content: bytes | Path | BinaryIO
    folder: str = ""
    label: FolderLabel = NO_LABEL

    @property
    def n_bytes(self) -> int:
        """Its size.

        Raises:
            OSError: the file is gone.
        """
        if isinstance(self.content, bytes):
            return len(self.content)
        where = self.content if isinstance(self.content, Path) else self.content.fileno()
        return os.stat(where).st_size  # noqa: PTH116 (of a descriptor too)

    def open(self) -> BinaryIO:
        """Its bytes as a file that is read from the beginning.

        Raises:
            OSError: the file is gone.
        """
        if isinstance(self.content, bytes):
            return BytesIO(self.content)
        if isinstance(self.content, Path):
            return self.content.open("rb")
        return open_again(self.content)

    @contextmanager
    def readable(self) -> Iterator[bytes | BinaryIO]:
        """Its bytes, or a file that another process can be handed.

        Raises:
            OSError: the file is gone.
        """
        if isinstance(self.content, bytes):
            yield self.content
        else:
            with self.open() as file:
                yield file

    def digest(self) -> str:
        """sha256 (hex) of its bytes.

        Raises:
            OSError: the file is gone.
        """
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


@dataclass(frozen=True)
class ReadItem:
    """A file that was read: one image, or one for each frame asked for.

    Attributes:
        label: condition and patient, as far as the folders tell.
    """

    name: str
    folder: str
    images: tuple[MedicalImage, ...]
    label: FolderLabel = NO_LABEL


@dataclass(frozen=True)
class StorableItem:
    """A file that was read and made ready for a store: one image, or one for each frame."""

    name: str
    folder: str
    images: tuple[StorableImage, ...]
    label: FolderLabel = NO_LABEL


@dataclass(frozen=True)
class Refusal:
    """A file that was not read.

    Attributes:
        rule: one of `RULES`.
        facts: of the rule's sentence.
    """

    name: str
    folder: str
    rule: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """For the clinician; has nothing of the patient and not the file's name."""
        return self.message_in(FALLBACK)

    def message_in(self, language: str) -> str:
        """The same in a language."""
        return sentence(self.rule, self.facts, language)


def refusal_for_folder(item: ReadItem) -> Refusal | None:
    """Why a file takes no part as an example: its folder's name can be no condition's, if so."""
    folder = item.label.folder
    if folder is None or not item.label.is_nameless:
        return None
    facts = {"found": len(folder), "limit": MAX_NAME_LENGTH}
    return Refusal(item.name, item.folder, "condition-name", facts)
