"""Zips and folders: what is taken out of them, and what is not."""

import io
import zipfile
import zlib

import numpy as np
import pytest
from made_dicom import dicom_file

from medmeta_core.imaging import ReadItem, Refusal, Upload, read_folder, read_uploads
from medmeta_core.imaging.refusals import Refused
from medmeta_core.imaging.zip_archive import unpack_zip

PICTURE = dicom_file(np.zeros((8, 8), np.uint8))


def zip_of(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def read(content: bytes, folder: str = "") -> list[ReadItem | Refusal]:
    return list(read_uploads([Upload("set.zip", content, folder)]))


def rules(content: bytes) -> list[str]:
    return [item.rule if isinstance(item, Refusal) else "read" for item in read(content)]


def test_a_folder_within_a_zip_is_a_condition():
    content = zip_of({"1.dcm": PICTURE, "nevus/2.dcm": PICTURE, "set/melanoma/3.dcm": PICTURE})
    assert [(item.folder, item.name) for item in read(content)] == [
        ("", "1.dcm"),
        ("nevus", "2.dcm"),
        ("set/melanoma", "3.dcm"),
    ]
    assert [item.folder for item in read(content, "above")] == [
        "above",
        "above/nevus",
        "above/set/melanoma",
    ]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_read(compression):
    assert rules(zip_of({"1.dcm": PICTURE}, compression)) == ["read"]


def test_what_systems_leave_behind_is_passed_over():
    system_files = [
        "__MACOSX/a/._1.dcm",
        "a/.DS_Store",
        "Thumbs.db",
        "a/desktop.ini",
        "DICOMDIR",
        "a/",
    ]
    assert rules(zip_of(dict.fromkeys(system_files, b"x") | {"a/1.dcm": PICTURE})) == ["read"]


def test_a_refused_file_does_not_stop_the_rest():
    content = zip_of({"1.dcm": PICTURE, "2.txt": b"hello", "3.dcm": PICTURE})
    assert rules(content) == ["read", "not-an-image", "read"]


def test_a_zip_within_a_zip_is_refused():
    inner = zip_of({"1.dcm": PICTURE})
    assert rules(zip_of({"inner.zip": inner, "2.dcm": PICTURE})) == ["nested-zip", "read"]


@pytest.mark.parametrize(
    "path", ["../1.dcm", "/etc/1.dcm", "a/../../1.dcm", "C:/1.dcm", "..\\1.dcm"]
)
def test_a_path_that_leads_out_is_refused(path):
    (item,) = read(zip_of({path: PICTURE}), "above")
    assert (item.rule, item.folder) == ("unsafe-path", "above")


def test_a_link_is_refused():
    link = zipfile.ZipInfo("link.dcm")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert rules(out.getvalue()) == ["unsafe-path"]


def test_a_zip_with_a_password_is_refused():
    content = bytearray(zip_of({"1.dcm": PICTURE}))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    assert rules(bytes(content)) == ["encrypted-zip"]


def test_a_zip_that_is_cut_off_is_refused():
    assert rules(zip_of({"1.dcm": PICTURE})[:-10]) == ["broken-zip"]


def test_a_damaged_file_within_a_zip_is_refused_alone():
    content = bytearray(zip_of({"1.dcm": PICTURE, "2.dcm": PICTURE}, zipfile.ZIP_STORED))
    content[content.index(b"DICM")] ^= 1  # the checksum no longer holds
    assert rules(bytes(content)) == ["broken-zip", "read"]


def test_a_bomb_is_refused_by_what_it_states():
    assert rules(zip_of({"zeros": bytes(300 * 2**20)})) == ["inflates-too-far"]


def test_files_that_overlap_count_each_time():
    content = zip_of({"a": bytes(30 * 2**20), "b": b""})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(first.file_size))
        for i in range(9):  # many names for the same bytes
            again = zipfile.ZipInfo(f"again {i}")
            again.compress_type, again.CRC = first.compress_type, first.CRC
            again.header_offset = 0
            again.file_size, again.compress_size = first.file_size, first.compress_size
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
        archive._didModify = True
    assert rules(out.getvalue()) == ["inflates-too-far"]


def test_too_many_entries_are_refused_before_they_are_listed():
    assert rules(zip_of({str(i): b"" for i in range(10_001)})) == ["too-many-entries"]


def test_more_bytes_than_are_stated_do_not_come_out():
    content = bytearray(zip_of({"1": bytes(1000)}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")  # claims 10 bytes
    content[at + 16 : at + 20] = zlib.crc32(bytes(10)).to_bytes(4, "little")
    pieces = list(unpack_zip(io.BytesIO(bytes(content))))
    assert sum(len(piece.content) for piece in pieces) <= 10


def test_an_office_document_is_no_set_of_images():
    assert rules(zip_of({"[Content_Types].xml": b"<x/>", "word/media/1.png": b""})) == [
        "not-an-image"
    ]


@pytest.mark.parametrize(
    "system_files", [{}, {"__MACOSX/a/._1.dcm": b"x", ".DS_Store": b"x", "a/": b""}]
)
def test_an_empty_zip_says_so(system_files):
    assert rules(zip_of(system_files)) == ["empty-zip"]


def test_a_session_file_among_pictures_names_the_page_that_opens_it():
    session = zip_of({"manifest.json": b"{}", f"blobs/{64 * 'a'}": b"x"})
    (item,) = read(session)
    assert item.rule == "session-file"
    assert "Open it on the page Start" in item.message
    of_pictures = zip_of({"manifest.json": b"{}", "nevus/1.dcm": PICTURE})
    assert rules(of_pictures) == ["not-an-image", "read"]


@pytest.mark.parametrize(("encoding", "name"), [("gb18030", "黑色素瘤"), ("utf-8", "mélanome")])
def test_names_are_read_in_the_letters_of_their_packer(encoding, name):
    content = zip_of({"X" * len(name.encode(encoding)) + "/1.dcm": PICTURE})
    content = content.replace(b"X" * len(name.encode(encoding)), name.encode(encoding))
    assert [item.folder for item in read(content)] == [name]


def test_names_of_old_western_packers_stay_what_they_were():
    content = zip_of({"XX/1.dcm": PICTURE}).replace(b"XX", "né".encode("cp437"))
    assert [item.folder for item in read(content)] == ["né"]


def test_a_listing_that_is_no_zip_is_refused():
    with pytest.raises(Refused):
        list(unpack_zip(io.BytesIO(b"PK\x03\x04 and nothing else")))


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    for place in ("b/2.dcm", "a/deep/1.dcm", "3.dcm", "b/.DS_Store", ".hidden/4.dcm"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(PICTURE)
    (tmp_path / "c.zip").write_bytes(zip_of({"in/5.dcm": PICTURE}))
    (tmp_path / "notes.txt").write_text("hello")
    heard = []
    items = list(read_folder(tmp_path, progress=lambda fraction, label: heard.append(fraction)))
    assert [(item.folder, item.name) for item in items] == [
        ("", "3.dcm"),
        ("a/deep", "1.dcm"),
        ("b", "2.dcm"),
        ("in", "5.dcm"),
        ("", "notes.txt"),
    ]
    assert heard == sorted(heard) and heard[-1] == 1.0
