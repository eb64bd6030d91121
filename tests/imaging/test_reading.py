"""Uploads in, images and refusals out."""

import numpy as np
import pytest
from made_dicom import dicom_file

from medmeta_core.errors import Stopped, UnreadableImageError
from medmeta_core.imaging import NOTES, RULES, ReadItem, Upload, read_image, read_uploads
from medmeta_core.imaging.refusals import refusal_message
from medmeta_core.messages import templates

GREY = np.arange(64, dtype=np.uint16).reshape(8, 8)


def patient_key(key: bytes = b"key", **attributes) -> str | None:
    (item,) = read_uploads([Upload("1", dicom_file(GREY, **attributes))], key=key)
    return item.images[0].patient_key


def test_images_of_one_patient_share_a_key_and_others_do_not():
    anna = patient_key(PatientID="1", PatientName="A")
    assert anna == patient_key(PatientID="1", PatientName="Anna")
    assert anna != patient_key(PatientID="2", PatientName="A")
    assert anna != patient_key(PatientID="1", IssuerOfPatientID="another clinic")


def test_without_an_id_the_study_tells_patients_apart_and_a_name_does_not():
    anna = patient_key(PatientName="A", StudyInstanceUID="1.2.3")
    assert anna == patient_key(PatientName="B", StudyInstanceUID="1.2.3")
    assert anna != patient_key(PatientName="A", StudyInstanceUID="1.2.4")
    assert patient_key(PatientName="A", PatientBirthDate="19700101") is None


def test_another_key_gives_another_digest_and_none_holds_the_id():
    assert patient_key(b"one", PatientID="1") != patient_key(b"two", PatientID="1")
    assert "4711" not in (patient_key(PatientID="4711") or "")


def test_the_same_bytes_have_the_same_digest():
    content = dicom_file(GREY)
    assert read_image(content).source_digest == read_image(content).source_digest
    assert read_image(content).source_digest != read_image(content + b"\0\0").source_digest


def test_all_frames_come_as_images_of_one_item():
    content = dicom_file(GREY, Rows=2, NumberOfFrames=4)
    (item,) = read_uploads([Upload("1", content)], frames="all")
    assert [image.frame for image in item.images] == [0, 1, 2, 3]
    assert [image.values.min() for image in item.images] == [0, 16, 32, 48]
    assert read_image(content, frame=1).values.min() == 16
    with pytest.raises(UnreadableImageError, match="Frame 4 was requested; the file has 4"):
        read_image(content, frame=4)


def test_an_error_says_the_rule_and_a_sentence():
    with pytest.raises(UnreadableImageError) as caught:
        read_image(b"hello")
    assert caught.value.rule == "not-an-image"
    assert str(caught.value).startswith(
        "This is neither a DICOM file nor a supported picture format"
    )


def test_progress_hears_of_every_file_and_may_stop():
    heard = []
    uploads = [Upload(name, dicom_file(GREY)) for name in "abcd"]

    def progress(fraction: float, label: str) -> None:
        heard.append((fraction, label))
        if label == "c":
            raise Stopped

    read = []
    with pytest.raises(Stopped):
        read.extend(read_uploads(uploads, progress=progress))
    assert heard == [(0, "a"), (0.25, "b"), (0.5, "c")]


def test_uploads_may_come_one_by_one():
    items = read_uploads(Upload(name, dicom_file(GREY)) for name in "ab")
    assert [item.name for item in items if isinstance(item, ReadItem)] == ["a", "b"]


def test_every_rule_is_a_plain_sentence():
    assert len(set(RULES)) == len(RULES) and len(set(NOTES)) == len(NOTES)
    facts = {"limit": 1, "found": 2, "object": "plan", "tag": "rows", "encoding": "not-stated"}
    for rule in RULES:
        assert refusal_message(rule, facts).endswith((".", ")."))
        assert templates("en")[rule][0].isupper()


def test_a_fact_that_could_be_a_name_is_not_repeated():
    with pytest.raises(ValueError, match="known code"):
        refusal_message("no-pixels", {"object": "Müller^Anna"})
