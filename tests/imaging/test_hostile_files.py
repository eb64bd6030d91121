"""Files made to do harm, through the real guard: each is refused, and the rest goes on."""

import io
import zlib

import imagecodecs
import numpy as np
import pytest
from damage import read_damaged
from made_dicom import as_bytes, dicom_dataset, dicom_file
from made_pictures import png_of
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import ReadItem, Refusal, Upload, read_image, read_uploads

GREY = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
GOOD = dicom_file(GREY)


def rule_of(content: bytes) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        read_image(content)
    return caught.value.rule


def jpeg_of_endless_scans(n_scans: int) -> bytes:
    """A progressive JPEG of 36 million pixels whose refining scans come again and again."""
    out = io.BytesIO()
    Image.new("L", (6000, 6000), 128).save(out, "JPEG", progressive=True)
    content = out.getvalue()
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * n_scans + content[-2:]


def tiff_that_bites_its_tail() -> bytes:
    out = io.BytesIO()
    pages = [Image.new("L", (8, 8)) for _ in range(2)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    content = bytearray(out.getvalue())
    first = int.from_bytes(content[4:8], "little")
    n_tags = int.from_bytes(content[first : first + 2], "little")
    second = int.from_bytes(content[first + 2 + 12 * n_tags :][:4], "little")
    n_tags = int.from_bytes(content[second : second + 2], "little")
    end = second + 2 + 12 * n_tags
    content[end : end + 4] = first.to_bytes(4, "little")  # the second page leads to the first
    return bytes(content)


def test_a_picture_that_claims_a_giant_size_is_refused_by_arithmetic():
    assert rule_of(png_of(60_000, 60_000)) == "too-many-pixels"
    assert rule_of(png_of(2**31 - 1, 2**31 - 1)) in ("too-many-pixels", "decoder-failed")


def test_a_picture_that_holds_less_than_it_claims_is_refused():
    assert rule_of(png_of(500, 500)) == "decoder-failed"


def test_a_deflated_file_that_bursts_is_refused():
    dataset = dicom_dataset(GREY, TransferSyntaxUID=DeflatedExplicitVRLittleEndian)
    content = as_bytes(dataset)
    deflating = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(deflating.compress(bytes(2**20)) for _ in range(300)) + deflating.flush()
    end_of_meta = 144 + int.from_bytes(content[140:144], "little")
    assert rule_of(content[:end_of_meta] + bomb) == "inflates-too-far"


def test_scans_without_end_run_into_the_clock():
    assert rule_of(jpeg_of_endless_scans(3000)) == "decoder-timeout"


def test_a_tiff_whose_pages_go_in_a_circle_ends():
    item = next(iter(read_uploads([Upload("tail.tif", tiff_that_bites_its_tail())], frames="all")))
    assert isinstance(item, Refusal) or len(item.images) == 2


def test_a_codestream_whose_size_contradicts_the_tags_is_refused():
    code = bytearray(imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k"))
    code[8:16] = (6000).to_bytes(4, "big") * 2
    dataset = dicom_dataset(GREY, TransferSyntaxUID=JPEG2000Lossless)
    dataset.PixelData = encapsulate([bytes(code)])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    assert rule_of(as_bytes(dataset)) == "contradictory-tags"


def test_sequences_nested_without_end_are_refused():
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff"
    content = (
        GOOD[: GOOD.index(b"\x08\x00\x16\x00")]
        + b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff"
        + item * 100_000
    )
    assert rule_of(content) in (
        "decoder-failed",
        "decoder-timeout",
        "decoder-crashed",
        "decoder-memory",
    )


def test_pixels_that_need_more_than_the_memory_are_refused():
    pixels = np.zeros((6000, 6000), np.float64)
    dataset = dicom_dataset(pixels[:1, :1], Rows=6000, Columns=6000, BitsAllocated=64)
    del dataset.PixelData
    dataset.DoubleFloatPixelData = bytes(pixels.nbytes)
    dataset.RescaleSlope, dataset.RescaleIntercept = 2, 1
    content = as_bytes(dataset)
    try:
        assert read_image(content).height == 6000
    except UnreadableImageError as error:
        assert error.rule in ("decoder-memory", "decoder-timeout")


def test_any_damage_to_a_good_file_gives_a_picture_or_a_refusal():
    items = read_damaged((GOOD, png_of(8, 8), tiff_that_bites_its_tail()), n_each=60, n_bytes=8)
    assert all(isinstance(item, ReadItem | Refusal) for item in items)


def test_a_hostile_file_does_not_stop_the_batch_and_the_order_is_kept():
    contents = [GOOD, png_of(60_000, 60_000), b"", GOOD, jpeg_of_endless_scans(3000), GOOD]
    items = list(read_uploads([Upload(str(i), content) for i, content in enumerate(contents)]))
    assert [item.name for item in items] == list("012345")
    assert [isinstance(item, ReadItem) for item in items] == [True, False, False, True, False, True]


def test_no_refusal_names_the_patient_or_the_file():
    dataset = dicom_dataset(GREY, Rows=70)
    dataset.PatientName, dataset.PatientID = "Secret^Anna", "SECRET-1"
    (item,) = read_uploads([Upload("Secret Anna.dcm", as_bytes(dataset))])
    assert item.rule == "truncated"
    assert "ecret" not in item.message.lower() and "SECRET" not in item.message


@pytest.mark.parametrize("n_bytes", [2**31, 2**32 - 2, 2**30])
@pytest.mark.parametrize("representation", [b"OB", b"UN", b"UT"])
def test_an_element_that_states_gigabytes_is_reported_as_damage_not_as_lack_of_memory(
    n_bytes, representation
):
    at = GOOD.index(b"\x28\x00\x02\x00US")  # before the shape of the pixels
    lying = b"\x18\x00\x01\x11" + representation + bytes(2) + n_bytes.to_bytes(4, "little")
    assert rule_of(GOOD[:at] + lying + GOOD[at:]) in ("decoder-failed", "no-pixels", "not-an-image")


def j2k_file(code: bytes, side: int) -> bytes:
    dataset = dicom_dataset(GREY, TransferSyntaxUID=JPEG2000Lossless, Rows=side, Columns=side)
    dataset.PixelData = encapsulate([code])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    return as_bytes(dataset)


@pytest.mark.parametrize("side", [65, 128, 1000, 6000])
def test_a_codestream_that_lies_about_its_size_as_the_tags_do_is_reported_as_damage(side):
    """The pixels are of 64 by 64; a larger picture would have more tiles."""
    sound = imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k")
    size = side.to_bytes(4, "big") * 2
    assert rule_of(j2k_file(sound[:8] + size + sound[16:], side)) == "truncated"


@pytest.mark.parametrize("side", [1000, 6000])
def test_a_lie_about_the_size_of_the_tile_too_is_not_told_as_lack_of_memory(side):
    sound = imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k")
    size = side.to_bytes(4, "big") * 2
    lying = sound[:8] + size + sound[16:24] + size + sound[32:]
    item = next(iter(read_uploads([Upload("a.dcm", j2k_file(lying, side))])))
    assert isinstance(item, ReadItem) or item.rule == "decoder-failed"


@pytest.mark.parametrize("at", [24, 28, 32, 36, 40, 42, 43, 44])
@pytest.mark.parametrize("number", [1, 255, 2**31, 2**32 - 1])
def test_no_field_of_the_size_segment_makes_damage_look_like_lack_of_memory(at, number):
    code = bytearray(imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k"))
    n_bytes = 4 if at < 40 else 2 if at == 40 else 1
    code[at : at + n_bytes] = (number % 2 ** (8 * n_bytes)).to_bytes(n_bytes, "big")
    item = next(iter(read_uploads([Upload("a.dcm", j2k_file(bytes(code), 64))])))
    assert isinstance(item, ReadItem) or item.rule not in ("decoder-memory", "decoder-timeout")


SECRETS = ("Secret Anna", "1.2.826.0.1.19700131", "1.2.3.4711.0815", "SECRET")


@pytest.mark.filterwarnings("ignore:The value length", "ignore:Invalid value")
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "keyword",
    ["TransferSyntaxUID", "PhotometricInterpretation", "NumberOfFrames", "SOPClassUID", "Modality"],
)
def test_no_refusal_carries_text_of_the_file(secret, keyword):
    """Not even where the text looks like a code: only those of the standard are shown."""
    dataset = dicom_dataset(GREY)
    dataset.Rows = 70  # too few pixels: there is a refusal in any case
    dataset.PixelData = encapsulate([b"\0\1\2\3" * 20])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    holder = dataset.file_meta if keyword == "TransferSyntaxUID" else dataset
    content = as_bytes(with_text(dataset, holder, keyword))
    planted = content.replace(PLACEHOLDER.encode(), secret.encode().ljust(len(PLACEHOLDER)))
    assert planted != content or keyword == "NumberOfFrames"
    with pytest.raises(UnreadableImageError) as caught:
        read_image(planted)
    for word in SECRETS:
        assert word not in str(caught.value) and word.split()[0] not in str(caught.value)


PLACEHOLDER = "1.2.840.10008.1.2.4.50"


def with_text(dataset, holder, keyword: str):
    if keyword == "NumberOfFrames":
        dataset.NumberOfFrames = 2**31 - 1
        return dataset
    holder.add_new(keyword, "UI" if "UID" in keyword else "CS", PLACEHOLDER)
    if keyword != "TransferSyntaxUID":
        dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    return dataset


def test_a_transfer_syntax_of_the_standard_is_named():
    dataset = dicom_dataset(GREY, TransferSyntaxUID="1.2.840.10008.1.2.4.100")
    dataset.PixelData = encapsulate([b"\0\0\1\xb3" * 8])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    with pytest.raises(UnreadableImageError, match=r"1\.2\.840\.10008\.1\.2\.4\.100"):
        read_image(as_bytes(dataset))


@pytest.mark.parametrize("n_more", [2, 128, 5000])
def test_run_lengths_that_run_too_far_are_reported_as_damage_not_as_a_crash(n_more):
    """The decoder, which is written in Rust, panics on them."""
    lengths = (64 * 64 + n_more, 64 * 64)
    segments = [imagecodecs.packbits_encode(bytes(n)) for n in lengths]
    header = np.zeros(16, "<u4")
    header[:3] = [2, 64, 64 + len(segments[0])]
    dataset = dicom_dataset(GREY, TransferSyntaxUID=RLELossless)
    dataset.PixelData = encapsulate([header.tobytes() + b"".join(segments)])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    assert rule_of(as_bytes(dataset)) == "decoder-failed"
