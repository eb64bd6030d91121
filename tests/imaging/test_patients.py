"""Whom a DICOM file is of: the Patient ID, else the study, never a name."""

import numpy as np
import pytest
from made_dicom import decoded, dicom_file

PIXELS = np.zeros((4, 4), np.uint8)
STUDY, OTHER_STUDY = "1.2.826.0.1.3680043.8.498.11", "1.2.826.0.1.3680043.8.498.12"


def patient(**attributes) -> str | None:
    return decoded(dicom_file(PIXELS, **attributes)).patient


def test_one_id_is_one_patient_whatever_the_study():
    one = patient(PatientID="P-0017", StudyInstanceUID=STUDY)
    assert one == patient(PatientID="P-0017 ", StudyInstanceUID=OTHER_STUDY)
    assert one != patient(PatientID="P-0018", StudyInstanceUID=STUDY)
    assert one != patient(PatientID="P-0017", IssuerOfPatientID="Elsewhere")


@pytest.mark.parametrize("name", ["Anonymous", "ANON", "UNKNOWN", "Miller^Anna", ""])
def test_a_name_and_a_birth_date_are_no_identity(name):
    attributes = {"PatientName": name, "PatientBirthDate": "19700101"}
    assert patient(**attributes) is None
    assert patient(PatientID="", **attributes) is None


@pytest.mark.parametrize(
    "stated",
    [
        "",
        " ",
        "ANON",
        "anonymous",
        "Unknown",
        "UNKNOWN ",
        "0",
        "0000",
        "00-00",
        "XXXX",
        "n/a",
        "None",
    ]
    + ["NULL", "[REMOVED]", "anonymized", "Anonymised", "de-identified", "???", "--", "No_ID"],
)
def test_an_id_that_stands_for_nobody_leaves_the_study(stated):
    named = {"PatientName": "Anonymous", "PatientBirthDate": "19000101"}
    one = patient(PatientID=stated, StudyInstanceUID=STUDY, **named)
    assert one is not None
    assert one == patient(StudyInstanceUID=STUDY, PatientName="Other^Name")
    assert one != patient(PatientID=stated, StudyInstanceUID=OTHER_STUDY, **named)
    assert patient(PatientID=stated, **named) is None


@pytest.mark.parametrize(
    "stated", ["1", "0001", "100", "Anonymous_17", "ANON-A", "X1", "TCGA-00-0000"]
)
def test_an_id_that_tells_patients_apart_is_one(stated):
    one = patient(PatientID=stated, StudyInstanceUID=STUDY)
    assert one == patient(PatientID=stated, StudyInstanceUID=OTHER_STUDY)


def test_an_id_is_never_taken_for_a_study():
    assert patient(PatientID=STUDY) != patient(StudyInstanceUID=STUDY)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
@pytest.mark.parametrize("stated", ["", "unknown", "0"])
def test_a_study_that_is_none_leaves_nobody(stated):
    assert patient(StudyInstanceUID=stated) is None
