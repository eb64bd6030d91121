"""What this process holds of an upload while the child reads it: at most what a store keeps."""

import zipfile

import numpy as np
from made_dicom import dicom_file
from peak_memory import traced_peak

from medmeta_core.imaging import StorableItem, Upload, read_storable

SIDE = 4000
FILE_BYTES = 2 * SIDE**2


def test_a_large_file_of_a_zip_goes_through_the_disk(tmp_path):
    content = dicom_file(np.full((SIDE, SIDE), 7, np.uint16))
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nevus/1.dcm", content)
        archive.writestr("nevus/2.dcm", content[:-1] + b"\1")
    items: list[object] = []
    zipped = Upload("set.zip", tmp_path / "set.zip")
    peak = traced_peak(lambda: items.extend(read_storable([zipped])))
    assert [type(item) for item in items] == [StorableItem] * 2
    assert [(item.images[0].height, item.label.condition) for item in items] == [
        (SIDE, "nevus")
    ] * 2
    assert peak < 0.9 * FILE_BYTES  # a piece of 8 MB, and what unpacking it takes


def test_a_stored_form_is_held_once(tmp_path):
    noise = np.random.default_rng(0).integers(0, 2**16, (SIDE // 2, SIDE // 2), np.uint16)
    (tmp_path / "1.dcm").write_bytes(dicom_file(noise))
    items: list[object] = []
    uploads = [Upload("1.dcm", tmp_path / "1.dcm")]
    peak = traced_peak(lambda: items.extend(read_storable(uploads)))
    stored = len(items[0].images[0].content)
    assert stored > noise.nbytes
    assert peak < 1.3 * stored
