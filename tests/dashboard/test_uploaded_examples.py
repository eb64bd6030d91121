"""How uploaded files become examples: by folders, zips and the condition chosen."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from examples_page import add, conditions, upload
from pydicom.data import get_testdata_file
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from dashboard.shared import uploads
from medmeta_core.casework.intake import Intake, IntakeCount, intake_jobs, start_intake
from medmeta_core.imaging import Upload
from medmeta_core.jobs import add_job
from medmeta_core.workspace import Role, Store, Workspace

OpenPage = Callable[..., AppTest]
Picture = Callable[..., bytes]


@pytest.fixture
def workspace(here: Store) -> Workspace:
    return here.create_workspace("Rare eyes")


def test_a_sub_folder_is_a_condition(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    page = open_page("examples", w=workspace.id)
    files = [("eyes/macular/a.png", picture(1)), ("eyes/normal/b.png", picture(2))]
    upload(page, "examples-folder", files)
    assert conditions(here, workspace) == ["macular", "normal"]
    assert any("2 images added" in caption.value for caption in page.caption)


def test_a_zip_holds_its_conditions(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("macular/a.png", picture(1))
        archive.writestr("normal/b.png", picture(2))
    page = open_page("examples", w=workspace.id)
    upload(page, "examples-files", [("eyes.zip", packed.getvalue())])
    assert sorted(map(str, conditions(here, workspace))) == ["macular", "normal"]


def test_the_folder_below_a_condition_is_a_patient(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    page = open_page("examples", w=workspace.id)
    places = ("benign/p1/a", "benign/p1/b", "benign/p2/c", "malignant/p3/d")
    files = [(f"set/{place}.png", picture(k)) for k, place in enumerate(places)]
    upload(page, "examples-folder", files)
    stored = [(image.condition, image.patient) for image in here.images(workspace.id)]
    assert stored == [("benign", "P1"), ("benign", "P1"), ("benign", "P2"), ("malignant", "P3")]
    (shown_text,) = (c.value for c in page.caption if "images added" in c.value)
    assert shown_text.startswith("4 images added: 3 to “benign”, 1 to “malignant”")
    assert "3 patients by the folders below" in shown_text


def test_a_condition_chosen_for_one_upload_is_cleared_after_it(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    page = open_page("examples", w=workspace.id)
    add(here, workspace, [picture(9)], condition="macular")
    page.run().selectbox(key="examples-condition").set_value("macular")
    upload(page, "examples-files", [("a.png", picture(1))])
    assert page.selectbox(key="examples-condition").value is None
    page.file_uploader(key="examples-files-1").set_value([("b.png", picture(2), "")]).run()
    while any(button.key and button.key.startswith("stop-") for button in page.button):
        page.run()
    assert conditions(here, workspace) == ["macular", "macular", None]
    assert any("1 without a condition" in caption.value for caption in page.caption)


def test_an_upload_is_taken_back_with_one_click_and_that_can_be_undone(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(9)], condition="macular")
    page = open_page("examples", w=workspace.id)
    files = [("eyes/normal/a.png", picture(1)), ("eyes/normal/b.png", picture(2))]
    upload(page, "examples-folder", files)
    page.button(key="undo-upload").click().run()
    assert conditions(here, workspace) == ["macular"]
    assert not any("images added" in caption.value for caption in page.caption)
    page.button(key="undo").click().run()
    assert conditions(here, workspace) == ["macular", "normal", "normal"]


def test_a_folder_with_a_name_too_long_loses_its_name_and_the_rest_is_read(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    page = open_page("examples", w=workspace.id)
    files = [(f"set/{'x' * 146}/a.png", picture(1)), ("set/normal/b.png", picture(2))]
    upload(page, "examples-folder", files)
    assert sorted(map(str, conditions(here, workspace))) == ["None", "normal"]
    (warning,) = (one.value for one in page.warning)
    assert f"“{'x' * 60}…” has 146 characters" in warning


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        ({}, "The zip holds no files"),
        ({"manifest.json": b"{}", f"blobs/{64 * '0'}": b"x"}, "session file of MedMeta"),
    ],
)
def test_a_zip_that_holds_no_pictures_is_reported_with_the_way_out(
    here: Store, open_page: OpenPage, workspace: Workspace, packed: dict[str, bytes], message: str
) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, inner in packed.items():
            archive.writestr(name, inner)
    page = open_page("examples", w=workspace.id)
    upload(page, "examples-files", [("some.zip", content.getvalue())])
    assert any(message in text.value for text in page.markdown)


def test_names_in_two_spellings_become_one_condition(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    page = open_page("examples", w=workspace.id)
    names = ("érythème", "e\u0301rythe\u0300me", "érythème ")
    files = [(f"set/{name}/{k}.png", picture(k)) for k, name in enumerate(names)]
    upload(page, "examples-folder", files)
    assert conditions(here, workspace) == ["érythème"] * 3


def test_loose_files_take_the_condition_that_was_chosen(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(1)], condition="macular")
    page = open_page("examples", w=workspace.id)
    page.selectbox(key="examples-condition").set_value("macular")
    upload(page, "examples-files", [("a.png", picture(2))])
    assert conditions(here, workspace) == ["macular", "macular"]


def test_a_dicom_file_without_an_extension_is_read(
    here: Store, open_page: OpenPage, workspace: Workspace
) -> None:
    content = Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()
    page = open_page("examples", w=workspace.id)
    upload(page, "examples-folder", [("scans/lung/IM000001", content)])
    (image,) = here.images(workspace.id)
    assert (image.modality, image.condition, image.patient) == ("CT", "lung", "P1")


def test_a_refused_file_is_reported_by_rule_and_the_rest_goes_on(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    page = open_page("examples", w=workspace.id)
    files = [("eyes/macular/notes.txt", b"no picture"), ("eyes/macular/a.png", picture(1))]
    upload(page, "examples-folder", files)
    assert conditions(here, workspace) == ["macular"]
    assert [refusal.rule for refusal in here.refusals(workspace.id)] == ["not-an-image"]
    assert any("neither a DICOM file" in text.value for text in page.markdown)
    assert [text.value for text in page.text] == ["notes.txt"]
    page.button(key="clear-refusals").click().run()
    assert here.refusals(workspace.id) == []


def test_of_two_uploads_at_once_both_are_stored(
    here: Store, workspace: Workspace, picture: Picture
) -> None:
    uploads = [[Upload(f"{n}.png", picture(n), folder="normal")] for n in range(2)]
    both = [start_intake(here, Intake(workspace, Role.EXAMPLE), upload) for upload in uploads]
    assert all(job.wait(60) for job in both)
    assert conditions(here, workspace) == ["normal", "normal"]


def test_an_upload_during_the_intake_of_another_tab_is_stored(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    go_on = Event()
    intake = Intake(workspace, Role.EXAMPLE)
    page = open_page("examples", w=workspace.id)
    first = add_job("Reading", lambda _: go_on.wait(60) and IntakeCount(1), key=intake.key)
    files = [("eyes/normal/b.png", picture(2), "")]
    page.file_uploader(key="examples-folder-0").set_value(files).run()
    assert page.button(key=f"stop-{first.id}")
    *_, second = intake_jobs(intake)
    assert second.wait(60)
    assert conditions(here, workspace) == ["normal"]
    go_on.set()
    assert first.wait(60)
    page.run()
    assert any("2 images added" in caption.value for caption in page.caption)


def test_the_same_file_again_is_not_stored_again(
    here: Store, open_page: OpenPage, workspace: Workspace, picture: Picture
) -> None:
    add(here, workspace, [picture(1)], condition="macular")
    page = open_page("examples", w=workspace.id)
    upload(page, "examples-folder", [("eyes/normal/again.png", picture(1))])
    assert conditions(here, workspace) == ["macular"]
    assert any("under another condition" in caption.value for caption in page.caption)


def test_what_was_uploaded_does_not_stay_in_streamlits_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manager = MemoryUploadedFileManager("/upload")
    manager.add_file("mine", UploadedFileRec("1", "a.png", "", b"of a patient"))
    manager.add_file("another's", UploadedFileRec("2", "b.png", "", b"still being read"))
    context = SimpleNamespace(session_id="mine", uploaded_file_mgr=manager)
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: context)
    uploads.release_session_files()
    assert manager.get_files("mine", ["1"]) == []
    assert len(manager.get_files("another's", ["2"])) == 1
