"""The collection of real DICOM files: what is read stays read, and nothing does harm."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from medmeta_core.imaging import RULES, ReadItem, Refusal, Upload, read_uploads

N_FILES, N_READ = 495, 337
KNOWN_REFUSALS = {
    "missing-tag": 3,  # no rows: nobody can know the shape
    "too-many-pixels": 2,  # 46341 x 46341, 65535 x 65535
    "truncated": 2,
    "contradictory-tags": 2,  # "1A" frames, a codestream 4 billion pixels wide
    "decoder-failed": 1,  # raw bytes said to be JPEG
}

Items = list[tuple[dict[str, str], ReadItem | Refusal]]


@pytest.fixture(scope="module")
def items(shared: Path) -> Items:
    """Each row of the index with what came of its file; zips are left out."""
    folder = shared / "dicom"
    with (folder / "INDEX.csv").open(newline="", encoding="utf-8") as lines:
        rows = {row["path"]: row for row in csv.DictReader(lines)}
    assert len(rows) == N_FILES
    uploads = [Upload(path, (folder / path).read_bytes()) for path in rows]
    items_by_name = {item.name: item for item in read_uploads(uploads)}
    return [(row, items_by_name[path]) for path, row in rows.items() if path in items_by_name]


def test_no_file_is_read_worse_than_before(items: Items):
    with_pixels = [item for row, item in items if not row["decodes_builtin"].startswith("n/a")]
    refused = Counter(item.rule for item in with_pixels if isinstance(item, Refusal))
    assert len(with_pixels) == 347
    assert sum(isinstance(item, ReadItem) for item in with_pixels) >= N_READ
    assert refused == KNOWN_REFUSALS


def test_no_file_makes_the_child_crash_hang_or_swell(items: Items):
    rules = {item.rule for _, item in items if isinstance(item, Refusal)}
    assert not rules & {"decoder-crashed", "decoder-timeout", "decoder-memory"}
    assert rules <= set(RULES)


def test_files_without_pixels_are_refused_with_what_they_are(items: Items):
    kinds = {
        row["sop_class"]: item.message
        for row, item in items
        if row["sop_class"] and isinstance(item, Refusal) and item.rule == "no-pixels"
    }
    assert "a structured report" in kinds["Basic Text SR Storage"]
    assert "a radiotherapy plan" in kinds["RT Plan Storage"]
    assert "a structure set" in kinds["RT Structure Set Storage"]
    assert "a presentation state" in kinds["Grayscale Softcopy Presentation State Storage"]
    assert "an enclosed document" in kinds["Encapsulated PDF Storage"]
    assert "a waveform recording" in kinds["12-lead ECG Waveform Storage"]


def test_every_picture_is_in_range_and_of_the_stated_size(items: Items):
    for row, item in items:
        for image in item.images if isinstance(item, ReadItem) else ():
            assert image.pixels.min() >= 0 and image.pixels.max() <= 1, row["path"]
            if row["rows"]:
                assert (image.height, image.width) == (int(row["rows"]), int(row["cols"]))


def test_one_picture_in_many_encodings_is_one_picture(items: Items):
    """The CT of cornerstone comes in eight lossless encodings."""
    lossless = ("1.2", "1.2.1.99", "1.2.2", "1.2.4.57", "1.2.4.70", "1.2.4.80", "1.2.4.90", "1.2.5")
    same = [
        item.images[0].values.tobytes()
        for row, item in items
        if row["path"].startswith("cornerstone/CTImage")
        and row["transfer_syntax_uid"].removeprefix("1.2.840.10008.") in lossless
    ]
    assert len(same) >= 6 and len(set(same)) == 1
