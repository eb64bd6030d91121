"""Large images are decoded, stored and made small in the child; no array of theirs comes here."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from made_dicom import dicom_file, image_of, look_up_table
from PIL import Image

from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import (
    Guard,
    MedicalImage,
    Refusal,
    StorableItem,
    Upload,
    as_png,
    digest_stored,
    encode_image,
    inspect_stored,
    picture_digest,
    read_image,
    read_storable,
    read_stored,
    read_uploads,
    square_stored,
    thumbnail,
)
from medmeta_core.imaging.description import Description
from medmeta_core.imaging.frame import DecodedFrame, Levels, to_image
from medmeta_core.imaging.stored_form import decode_frame, encode_frame

GENERATOR = np.random.default_rng(0)
STORED = GENERATOR.integers(-1000, 2000, (60, 70)).astype(np.int16)


def png(pixels: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


FILES = {
    "a window": dicom_file(STORED, WindowCenter=40, WindowWidth=400),
    "MONOCHROME1": dicom_file(
        STORED, PhotometricInterpretation="MONOCHROME1", WindowCenter=1, WindowWidth=99
    ),
    "a sigmoid": dicom_file(STORED, WindowCenter=40, WindowWidth=400, VOILUTFunction="SIGMOID"),
    "a VOI table": dicom_file(STORED, VOILUTSequence=[look_up_table(-5, 12, [0, 700, 4095])]),
    "eight bits": dicom_file(GENERATOR.integers(0, 256, (9, 7)).astype(np.uint8)),
    "colour": dicom_file(GENERATOR.integers(0, 256, (9, 7, 3)).astype(np.uint8)),
    "colour of sixteen bits": dicom_file(GENERATOR.integers(0, 65536, (9, 7, 3)).astype(np.uint16)),
    "sixteen bits that are eight": dicom_file(
        (GENERATOR.integers(0, 256, (9, 7, 3)) * 257).astype(np.uint16)
    ),
    "many frames": dicom_file(STORED, Rows=20, NumberOfFrames=3, PixelSpacing=[0.5, 0.25]),
    "a photograph": png(GENERATOR.integers(0, 256, (90, 120, 3)).astype(np.uint8)),
    "long pixels": dicom_file(STORED, PixelSpacing=[2, 1]),
}


def storable(content: bytes, **options: object) -> list:
    (item,) = read_storable([Upload("file", content)], **options)
    assert isinstance(item, StorableItem)
    return list(item.images)


@pytest.mark.parametrize("kind", FILES)
def test_the_child_stores_what_this_process_would(kind):
    image = read_image(FILES[kind])
    (stored,) = storable(FILES[kind])
    assert stored.content == encode_image(image)
    assert (stored.height, stored.width) == (image.height, image.width)
    assert stored.description == Description.of(image)
    assert stored.source_digest == image.source_digest
    assert stored.thumbnail == thumbnail(image)


def test_all_frames_are_stored_where_they_are_requested():
    stored = storable(FILES["many frames"], frames="all")
    assert [one.description.frame for one in stored] == [0, 1, 2]


def test_a_patient_is_the_same_by_both_ways():
    content = dicom_file(STORED, PatientID="4711")
    (item,) = read_uploads([Upload("", content)], key=b"secret")
    assert storable(content, key=b"secret")[0].patient_key == item.images[0].patient_key is not None
    assert storable(content, key=b"another")[0].patient_key != item.images[0].patient_key


def test_a_refusal_is_the_same_by_both_ways():
    (by_store,), (by_read,) = (
        list(f([Upload("a", b"hello")])) for f in (read_storable, read_uploads)
    )
    assert isinstance(by_store, Refusal) and by_store == by_read


@pytest.mark.parametrize("kind", FILES)
def test_a_small_image_is_shown_as_it_is(kind):
    image = image_of(FILES[kind])
    shown = read_stored(encode_image(image))
    assert shown.pixels.tobytes() == image.pixels.tobytes()
    assert Description.of(shown) == Description.of(image)
    assert shown.source_digest == image.source_digest and shown.patient_key is None
    assert (shown.values is None) == (image.values is None)
    assert image.values is None or np.array_equal(shown.values, image.values)


SMOOTH = np.add.outer(40 * np.arange(60), 30 * np.arange(70))
LARGE = {
    "a window": dicom_file(SMOOTH.astype(np.int16), WindowCenter=2000, WindowWidth=5000),
    "a sigmoid": dicom_file(
        SMOOTH.astype(np.int16), WindowCenter=2000, WindowWidth=5000, VOILUTFunction="SIGMOID"
    ),
    "colour": dicom_file(np.stack([SMOOTH // 20] * 3, -1).astype(np.uint8)),
    "colour of sixteen bits": dicom_file(np.stack([12 * SMOOTH] * 3, -1).astype(np.uint16)),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_large_image_is_shown_smaller_and_looks_the_same(kind):
    small = image_of(LARGE[kind])
    large = replace(
        small,
        pixels=small.pixels.repeat(8, 1).repeat(8, 2),
        values=None if small.values is None else small.values.repeat(8, 0).repeat(8, 1),
        spacing_mm=(0.25, 0.5),
    )
    image = read_stored(encode_image(large), max_side=70)
    assert image.pixels.shape == small.pixels.shape and image.spacing_mm == (2, 4)
    assert abs(image.pixels - small.pixels).mean() < 0.005
    if small.values is not None:
        assert image.values == pytest.approx(small.values, abs=1e-3)  # means of equal values


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("side", [5, 32, 70])
def test_the_square_for_a_network_is_that_of_the_whole_image(kind, side):
    image = image_of(FILES[kind])
    with Guard() as guard:
        square = square_stored(guard, encode_image(image), side)
    assert np.array_equal(square, as_model_pixels(image, side)[: len(square)].numpy())
    pixels = torch.tensor(image.pixels)[None]
    by_torch = F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)[0].clamp(0, 1)
    torch.testing.assert_close(torch.tensor(square), by_torch, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", FILES)
def test_the_digest_of_a_picture_is_that_of_the_whole_image(kind):
    image = image_of(FILES[kind])
    with Guard() as guard:
        assert digest_stored(guard, encode_image(image)) == picture_digest(image)


def test_pixels_that_were_never_levels_are_shown_in_16_bits():
    pixels = GENERATOR.random((3, 20, 30)).astype(np.float32)
    image = MedicalImage(pixels, "OT", "d" * 64)
    assert read_stored(encode_image(image)).pixels == pytest.approx(pixels, abs=1 / 65535)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_frame_of_any_levels_is_stored_as_its_image_is(dtype):
    for levels in ([[0, 1, 255]], [[0, 257, 65535]], [[0, 256, 65535]]):
        plane: Levels = np.array([levels], dtype if dtype == np.uint16 else np.int64).astype(dtype)
        frame = DecodedFrame(Description(), levels=plane)
        image = to_image(frame, source_digest="d")
        assert encode_frame(frame, source_digest="d") == encode_image(image)
        back, source = decode_frame(encode_image(image))
        assert source == "d" and np.array_equal(
            to_image(back, source_digest="").pixels, image.pixels
        )


def test_foreign_bytes_are_refused_by_each_way():
    whole = encode_image(image_of(FILES["a window"]))
    for content in (
        b"",
        b"hello",
        whole[:-3],
        whole.replace(b'"modality":"CT"', b'"modality":"' + b"C" * 99),
    ):
        for read in (
            lambda guard, content: read_stored(content),
            lambda guard, content: square_stored(guard, content, 8),
            inspect_stored,
        ):
            with Guard() as guard, pytest.raises(UnreadableImageError):
                read(guard, content)


def test_a_stored_form_tells_what_it_is():
    image = image_of(FILES["long pixels"])
    with Guard() as guard:
        inspected = inspect_stored(guard, encode_image(image))
    assert (inspected.height, inspected.width, inspected.source_digest) == (
        60,
        70,
        image.source_digest,
    )
    assert inspected.description == Description.of(image) and inspected.thumbnail == thumbnail(
        image
    )


def test_a_file_on_disk_is_read_by_the_child_alone(tmp_path: Path):
    path = tmp_path / "a.dcm"
    path.write_bytes(FILES["a window"])
    (item,) = read_uploads([Upload("a.dcm", path)])
    assert as_png(item.images[0]) == as_png(read_image(FILES["a window"]))
    with path.open("rb") as opened:
        path.unlink()
        for _ in range(2):  # each time from the beginning
            (nameless,) = read_storable([Upload("a.dcm", opened)])
            assert nameless.images[0].content == encode_image(item.images[0])
    (item,) = read_uploads([Upload("a.dcm", path)])
    assert isinstance(item, Refusal) and item.rule == "unreadable-file"
