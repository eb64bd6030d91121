"""Bytes → `MedicalImage`: decoded in a guarded child process, refused by name of the rule."""

from medmeta_core.imaging.folder_labels import NO_LABEL, FolderLabel, labels_below
from medmeta_core.imaging.formats.readable import FORMAT_NAMES
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.image import FloatArray, MedicalImage, Window, windowed
from medmeta_core.imaging.limits import LIMITS, Limits
from medmeta_core.imaging.names import MAX_NAME_LENGTH, clean_name
from medmeta_core.imaging.notes import NOTES
from medmeta_core.imaging.picture_digest import picture_digest
from medmeta_core.imaging.picture_out import as_picture, as_png, thumbnail
from medmeta_core.imaging.reading import (
    prepare_reading,
    read_folder,
    read_image,
    read_storable,
    read_uploads,
)
from medmeta_core.imaging.refusals import RULES
from medmeta_core.imaging.stored_form import StorableImage, decode_image, encode_image
from medmeta_core.imaging.stored_reading import (
    SHOWN_SIDE,
    digest_stored,
    inspect_stored,
    read_stored,
    square_stored,
)
from medmeta_core.imaging.upload import ReadItem, Refusal, StorableItem, Upload, refusal_for_folder
from medmeta_core.imaging.windowing import WINDOW_PRESETS

__all__ = [
    "FORMAT_NAMES",
    "LIMITS",
    "MAX_NAME_LENGTH",
    "NOTES",
    "NO_LABEL",
    "RULES",
    "SHOWN_SIDE",
    "WINDOW_PRESETS",
    "FloatArray",
    "FolderLabel",
    "Guard",
    "Limits",
    "MedicalImage",
    "ReadItem",
    "Refusal",
    "StorableImage",
    "StorableItem",
    "Upload",
    "Window",
    "as_picture",
    "as_png",
    "clean_name",
    "decode_image",
    "digest_stored",
    "encode_image",
    "inspect_stored",
    "labels_below",
    "picture_digest",
    "prepare_reading",
    "read_folder",
    "read_image",
    "read_storable",
    "read_stored",
    "read_uploads",
    "refusal_for_folder",
    "windowed",
    "square_stored",
    "thumbnail",
]
