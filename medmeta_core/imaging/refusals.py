"""Why bytes are refused: one short code and one clear sentence for each rule.

The sentence is put together from the rule and from numbers or words of our own, never
from the file or from what a decoder said of it: neither may name a patient.
"""

import re
from collections.abc import Mapping

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging.formats.readable import FORMAT_NAMES

Fact = int | float | str

MESSAGES = {
    "empty-file": "The file is empty.",
    "unreadable-file": "The file cannot be opened on this machine.",
    "no-such-folder": "The folder is not there.",
    "too-many-bytes": "The file is larger than {limit} MB, the most that is read.",
    "not-an-image": f"This is neither a DICOM file nor a picture that is read ({FORMAT_NAMES}).",
    "camera-raw": (
        "This is the raw picture of a camera (DNG, CR2, NEF or the like), which is not read. "
        "Save it as JPEG or TIFF with the software of the camera."
    ),
    "jpeg-xl": "This is a JPEG XL picture, which is not read. Save it as PNG or JPEG.",
    "jpeg-xr": "This is a JPEG XR picture, which is not read. Save it as PNG or JPEG.",
    "photoshop-file": "This is a Photoshop file, which is not read. Save it as PNG or TIFF.",
    "vector-drawing": (
        "This is a drawing of lines (SVG, EPS, WMF), not of pixels. Export it as PNG."
    ),
    "document": (
        "This is a document (PDF, RTF, Office, a web page), not a picture. "
        "Export the picture in it as PNG."
    ),
    "video": "This is a video, which is not read. Save the moment that matters as PNG or JPEG.",
    "volume-file": (
        "This is a file of a volume or a matrix (NIfTI, NRRD, MetaImage, HDF5, NumPy), which is "
        "not read. Bring the DICOM files it was made from, or save slices as PNG or TIFF."
    ),
    "microscope-file": (
        "This is a file of a microscope's own kind (CZI, ND2), which is not read. "
        "Export the picture as TIFF."
    ),
    "other-picture": (
        "This is a picture of a kind that is not read (ICO, PCX, EXR, HDR, QOI, FITS or the "
        "like). Save it as PNG or TIFF."
    ),
    "encoding-of-tiff": (
        "This TIFF picture is not damaged, but its pixels are stored in a way that is not read. "
        "Save it as PNG, or as TIFF without compression."
    ),
    "encoding-of-jpeg": (
        "This JPEG picture is not damaged, but it is compressed in a way that is not read. "
        "Save it as PNG, or as an ordinary JPEG."
    ),
    "encoding-of-picture": (
        "This picture is of a kind that is read, but stored in a way that is not. Save it as PNG."
    ),
    "no-pixels": "This DICOM file holds no picture: it is {kind}.",
    "missing-tag": (
        "The DICOM file does not state {tag}, without which its pixels have no shape. "
        "Export it again from where it came."
    ),
    "contradictory-tags": (
        "The DICOM file contradicts itself about {tag}. Export it again from where it came."
    ),
    "unsupported-encoding": (
        "The pixels are encoded in a way that is not read here ({encoding}). "
        "Export the picture as DICOM without compression, or as PNG."
    ),
    "truncated": "The file ends before its pixels do. Copy or export it again.",
    "too-many-pixels": (
        "The picture has {found} megapixels; at most {limit} are read of its kind. Save it with "
        "half the width and half the height, or as JPEG, which is made smaller while it is read."
    ),
    "too-many-frames": "The file has {found} frames; at most {limit} are read at once.",
    "no-such-frame": "Frame {found} was asked for; the file has {limit}.",
    "decoder-failed": (
        "The picture is damaged: its pixels cannot be decoded. Copy or export it again."
    ),
    "decoder-crashed": "The picture made its decoder crash. The decoder ran apart from the rest.",
    "decoder-timeout": "Decoding the picture took longer than {limit} seconds.",
    "decoder-memory": "Decoding the picture needs more than {limit} MB of memory.",
    "encrypted-zip": "The zip is protected by a password. Unpack it first.",
    "empty-zip": "The zip holds no files.",
    "session-file": "This is a session file of MedMeta, not a set of pictures. "
    "Open it on the page Start.",
    "broken-zip": "The zip is damaged and cannot be unpacked.",
    "too-many-entries": "The zip has {found} entries; at most {limit} are read.",
    "inflates-too-far": "It unpacks to more than {limit} MB, the most that is read of this size.",
    "nested-zip": "A zip within a zip is not unpacked. Unpack it first.",
    "unsafe-path": "The path within the zip leads out of it, so this entry is not read.",
    "unsupported-archive": "This kind of archive is not read. Use a zip.",
    "condition-name": "The name of a condition has 1 to {limit} letters on one line, "
    "found {found}.",
    "damaged-image": "A stored image is damaged.",
}

RULES = tuple(MESSAGES)
"""Every code that a refusal may bear; the dashboard translates by these."""

_WORDS = re.compile(r"[A-Za-z0-9 .,()/_-]{1,64}")


class Refused(Exception):  # noqa: N818 (it is no error of ours: the bytes break a rule)
    """Raised where bytes break a rule; `facts` fill the blanks of the rule's sentence."""

    def __init__(self, rule: str, **facts: Fact) -> None:
        super().__init__(rule)
        self.rule = rule
        self.facts = facts


def refusal_message(rule: str, facts: Mapping[str, Fact]) -> str:
    """The sentence of a rule.

    >>> refusal_message("too-many-frames", {"found": 5000, "limit": 1000})
    'The file has 5000 frames; at most 1000 are read at once.'

    Raises:
        ValueError: no such rule, or a fact that is no number and no plain words.
        KeyError: a blank of the sentence is not filled.
    """
    if rule not in MESSAGES:
        raise ValueError(f"rule: expected one of RULES, actual {rule!r}")
    for fact in facts.values():
        if isinstance(fact, str) and not _WORDS.fullmatch(fact):
            raise ValueError("a fact must be a number or plain words")
    return MESSAGES[rule].format_map(facts)


def unreadable(rule: str, **facts: Fact) -> UnreadableImageError:
    """The error that tells the clinician of a broken rule."""
    return UnreadableImageError(refusal_message(rule, facts), rule=rule)
