"""`Upload` goes in; `ReadItem` or `Refusal` comes out."""

from dataclasses import dataclass

from medmeta_core.imaging.image import MedicalImage


@dataclass(frozen=True)
class Upload:
    """A file as it came.

    Attributes:
        name: as given, without its folder.
        folder: relative path with slashes; its last part is the condition. "" if none.
    """

    name: str
    content: bytes
    folder: str = ""


@dataclass(frozen=True)
class ReadItem:
    """A file that was read: one image, or one for each frame asked for."""

    name: str
    folder: str
    images: tuple[MedicalImage, ...]


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
