"""What folders say of their files: the same for a disk, a zip and a browser's upload."""

import io
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medmeta_core.imaging import (
    MAX_NAME_LENGTH,
    ReadItem,
    Refusal,
    Upload,
    clean_name,
    read_folder,
    read_uploads,
    refusal_for_folder,
)

PATIENTS = {
    "benign/p1/a.png": ("benign", "p1"),
    "benign/p1/b.png": ("benign", "p1"),
    "benign/p2/study/series/c.png": ("benign", "p2"),
    "malignant/p3/d.png": ("malignant", "p3"),
}


def picture(seed: int) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (70, 80), np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def contents(paths: list[str]) -> dict[str, bytes]:
    return {path: picture(k) for k, path in enumerate(paths)}


def from_disk(files: dict[str, bytes], folder: Path) -> list[ReadItem | Refusal]:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return list(read_folder(folder))


def from_zip(files: dict[str, bytes], above: str = "", wrapper: str = "") -> list:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in files.items():
            archive.writestr(wrapper + path, content)
    return list(read_uploads([Upload("set.zip", out.getvalue(), above)]))


def from_browser(files: dict[str, bytes], wrapper: str = "") -> list[ReadItem | Refusal]:
    """A browser puts the name of the chosen folder before every path."""
    uploads = []
    for path, content in files.items():
        folder, _, name = (wrapper + path).rpartition("/")
        uploads.append(Upload(name, content, folder))
    return list(read_uploads(uploads))


def labels(items: list) -> list[tuple[str | None, str | None]]:
    assert all(isinstance(item, ReadItem) for item in items), items
    return [(item.label.condition, item.label.patient) for item in items]


def in_every_way(files: dict[str, bytes], folder: Path) -> list[list]:
    return [
        from_disk(files, folder),
        from_zip(files),
        from_zip(files, wrapper="my set/"),
        from_browser(files),
        from_browser(files, wrapper="my set/"),
    ]


def test_the_first_folder_is_the_condition_and_the_next_one_a_patient(tmp_path: Path) -> None:
    for items in in_every_way(contents(list(PATIENTS)), tmp_path):
        assert labels(items) == list(PATIENTS.values())


def test_a_folder_for_each_single_picture_tells_no_patients(tmp_path: Path) -> None:
    for items in in_every_way(contents(["benign/1/a.png", "malignant/2/b.png"]), tmp_path):
        assert labels(items) == [("benign", None), ("malignant", None)]


def test_one_chosen_folder_of_pictures_is_their_condition() -> None:
    assert labels(from_browser(contents(["a.png", "b.png"]), wrapper="benign/")) == [
        ("benign", None),
        ("benign", None),
    ]
    assert labels(from_zip(contents(["benign/a.png"]))) == [("benign", None)]


def test_files_beside_the_conditions_have_none(tmp_path: Path) -> None:
    for items in in_every_way(contents(["a.png", "benign/b.png", "malignant/c.png"]), tmp_path):
        assert labels(items) == [(None, None), ("benign", None), ("malignant", None)]


def test_what_systems_leave_behind_changes_no_label() -> None:
    system_files = {"__MACOSX/my set/benign/._a.png": b"x", ".DS_Store": b"x", "Thumbs.db": b"x"}
    files = contents(["my set/benign/a.png", "my set/malignant/b.png"])
    system_files |= {"my set/.hidden/c.png": b"x", "my set/benign/desktop.ini": b"x"}
    assert labels(from_zip(system_files | files)) == [("benign", None), ("malignant", None)]
    assert labels(from_browser(system_files | files)) == [("benign", None), ("malignant", None)]


def test_a_zip_lies_below_the_folder_that_holds_it(tmp_path: Path) -> None:
    files = contents(["p1/a.png", "p1/b.png", "p2/c.png"])
    of_benign = [("benign", "p1"), ("benign", "p1"), ("benign", "p2")]
    assert labels(from_zip(files, above="benign")) == of_benign
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    chosen = {"set/benign/all.zip": out.getvalue(), "set/malignant/d.png": picture(9)}
    assert labels(from_browser(chosen)) == [*of_benign, ("malignant", None)]
    assert labels(from_disk({k[4:]: v for k, v in chosen.items()}, tmp_path)) == [
        *of_benign,
        ("malignant", None),
    ]


def test_names_that_look_the_same_are_one(tmp_path: Path) -> None:
    looks = ["Érythème", unicodedata.normalize("NFD", "Érythème"), " Érythème", "Éry\u200bthème"]
    spaced = ["a  b", "a b", "a\u00a0b ", "\u202ea b\u202c", "a\tb"]
    for names, one in ((looks, "Érythème"), (spaced, "a b")):
        files = contents([f"{name}/{k}.png" for k, name in enumerate(names)])
        for items in in_every_way(files, tmp_path / one):
            assert {item.label.condition for item in items} == {one}


@pytest.mark.parametrize(
    "name", ["e\u0301", "\x00a\x1fb", "\ud800a", "  \n ", "\u2066a\u2069", "日本"]
)
def test_a_clean_name_stays_as_it_is_and_shows_all_it_has(name: str) -> None:
    once = clean_name(name)
    assert clean_name(once) == once
    assert once.isprintable()
    assert once == once.strip()


def test_a_name_too_long_costs_that_folder_its_name_alone(tmp_path: Path) -> None:
    long = "a" * (MAX_NAME_LENGTH + 26)
    for items in in_every_way(contents([f"{long}/a.png", "benign/b.png"]), tmp_path):
        first, second = items
        assert (first.label.condition, first.label.folder) == (None, long)
        refusal = refusal_for_folder(first)
        assert refusal is not None and refusal.rule == "condition-name"
        assert "1 to 120" in refusal.message and "146" in refusal.message
        assert second.label.condition == "benign"
        assert refusal_for_folder(second) is None


def test_the_shared_set_of_patients_is_two_conditions_of_two_patients(shared: Path) -> None:
    folder = shared / "field/set_class_patient"
    if not folder.is_dir():
        pytest.skip("needs ../shared/field, which is absent here")
    items = list(read_folder(folder))
    pairs = {(condition, patient) for condition, patient in labels(items)}
    assert pairs == {(c, p) for c in ("benign", "malignant") for p in ("patient0", "patient1")}
