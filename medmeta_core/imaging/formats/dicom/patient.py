"""Whom a DICOM file is of, in a form that tells patients apart and names none."""

import re
from hashlib import sha256

from medmeta_core.imaging.formats.dicom.tags import Tags

PLACEHOLDERS = frozenset(
    ("ANON", "ANONYM", "ANONYME", "ANONYMIZED", "ANONYMISED", "ANONYMOUS", "ANONYMIZE", "ANONYMISE")
    + ("ANONYMIZEDPATIENT", "ANONYMISEDPATIENT", "ANONYMOUSPATIENT", "BLANK", "DEFAULT", "DEID")
    + ("DEIDENTIFIED", "DUMMY", "EMPTY", "HIDDEN", "ID", "MISSING", "NA", "NIL", "NN", "NOID")
    + ("NONAME", "NONE", "NOPATIENT", "NOPATIENTID", "NOTAPPLICABLE", "NOTAVAILABLE", "NOTGIVEN")
    + ("NOTKNOWN", "NOTSPECIFIED", "NULL", "PATIENT", "PATIENTID", "REDACTED", "REMOVED")
    + ("UNDEFINED", "UNK", "UNKNOWN", "UNKNOWNID", "UNKNOWNPATIENT", "UNSPECIFIED")
    + ("匿名", "未知", "无", "患者")
)
"""Patient IDs that stand for none, in capitals, without signs between the letters."""

PLACEHOLDER_SIGNS = ("", "0", "X")
"""Of which a Patient ID that repeats one of them stands for none."""

_UID = re.compile(r"[0-9]+(\.[0-9]+)+")


def patient_digest(tags: Tags) -> str | None:
    """sha256 of what tells patients apart: the ID and who gave it, else the study.

    A name is no identity: of anonymised files it is the same for all ("Anonymous"), and so may
    be a birth date. Where the ID is empty, or stands for none, images of one study are of one
    patient; without a study nobody is known.
    """
    identity = (tags.text("PatientID"), tags.text("IssuerOfPatientID"))
    if is_placeholder(identity[0]):
        identity = ("", tags.text("StudyInstanceUID"))
        if not _UID.fullmatch(identity[1]):
            return None
    return sha256("\0".join(identity).encode("utf-8", "surrogateescape")).hexdigest()


def is_placeholder(patient_id: str) -> bool:
    """Whether a Patient ID stands for nobody: empty, zeros, or a word that says so.

    >>> is_placeholder("0000"), is_placeholder("Anonymous_1"), is_placeholder("P-0017")
    (True, False, False)
    """
    plain = re.sub(r"[\W_]", "", patient_id).upper()
    return plain in PLACEHOLDERS or (len(set(plain)) <= 1 and plain[:1] in PLACEHOLDER_SIGNS)
