"""`mm.read_image` takes files, bytes and arrays, and refuses what is no image in [0, 1]."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import tiny
import torch
from imaging.made_dicom import as_bytes, dicom_dataset
from PIL import Image

import medmeta_core as mm
from medmeta_core.errors import MedMetaError, UnreadableImageError

LEVELS = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5


def saved(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "tiff":
        tifffile.imwrite(out, LEVELS)
    elif kind == "dicom":
        return as_bytes(dicom_dataset(LEVELS, WindowCenter=128, WindowWidth=256))
    else:
        Image.fromarray(LEVELS).save(out, kind, **({"quality": 100} if kind == "jpeg" else {}))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg", "bmp", "dicom"])
def test_a_path_and_its_bytes_give_one_picture(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(saved(kind))
    for given in (path, str(path), path.read_bytes()):
        image = mm.read_image(given)
        assert image.pixels.dtype == np.float32
        assert image.pixels.shape == (1, 6, 8)
        assert np.abs(image.pixels[0] - LEVELS / 255).max() < (0.02 if kind == "jpeg" else 0.005)


def test_a_frame_can_be_chosen() -> None:
    out = io.BytesIO()
    tifffile.imwrite(out, np.stack([np.full((6, 8), 20 * i, np.uint8) for i in range(5)]))
    levels = [mm.read_image(out.getvalue(), frame=i).pixels.max() * 255 for i in (0, 4)]
    assert [round(float(level)) for level in levels] == [0, 80]
    assert mm.read_image(out.getvalue()).frame == 2


@pytest.mark.parametrize("shape", [(6, 8), (1, 6, 8), (3, 6, 8)])
@pytest.mark.parametrize("kind", ["float64", "float16", "tensor"])
def test_an_array_is_taken_as_it_is(shape: tuple[int, ...], kind: str) -> None:
    values = np.random.default_rng(0).random(shape)
    given: Any = torch.from_numpy(values) if kind == "tensor" else values.astype(kind)
    image = mm.read_image(given)
    expected = np.asarray(given, np.float32).reshape(-1, 6, 8)
    assert np.array_equal(image.pixels, expected)
    assert image.source_digest != mm.read_image(1 - values).source_digest
    assert mm.read_image(image) is image


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (np.zeros((6, 8, 3)), "image-channels-last"),
        (np.zeros((2, 6, 8)), "image-shape"),
        (np.zeros((4, 3, 6, 8)), "image-shape"),
        (np.zeros((0, 8)), "image-shape"),
        (np.zeros(8), "image-shape"),
        (LEVELS, "pixels-kind"),
        (LEVELS.astype(float), "pixels-range"),
        (np.full((6, 8), np.nan), "pixels-finite"),
        (torch.full((3, 6, 8), -1.0), "pixels-range"),
        (7, "image-type"),
        (None, "image-type"),
        (["a.png"], "image-type"),
        ("no-such-file.png", "no-file"),
        (Path("/"), "file-is-folder"),
        ("https://example.org/a.png", "no-file"),
        (b"", "empty-file"),
        (b"no picture", "not-an-image"),
    ],
)
def test_what_is_no_image_is_refused(given: Any, rule: str) -> None:
    with pytest.raises(MedMetaError) as caught:
        mm.read_image(given)
    assert caught.value.rule == rule


def test_predicting_takes_images_in_any_form(tmp_path: Path) -> None:
    adaptation = mm.adapt(tiny.support((4, 4)), "ridge", tiny.backbone())
    pixels = tiny.stripes(2, 3, seed=7)
    levels = (pixels * 255).round() / 255
    paths = [tmp_path / f"{i}.png" for i in range(2)]
    for path, one in zip(paths, levels, strict=True):
        Image.fromarray((one * 255).byte().permute(1, 2, 0).numpy()).save(path)
    expected = adaptation.predict(levels)
    assert len(expected) == 2
    for given in (
        levels.numpy(),
        list(levels),
        paths,
        [str(path) for path in paths],
        np.array([str(path) for path in paths]),
        [path.read_bytes() for path in paths],
        (mm.read_image(path) for path in paths),
    ):
        predictions = adaptation.predict(given)
        assert [one.first for one in predictions] == [one.first for one in expected]
        for one, other in zip(predictions, expected, strict=True):
            assert np.allclose(one.probabilities, other.probabilities, atol=1e-5)
    assert adaptation.predict([]) == []
    assert len(adaptation.predict(paths[0])) == len(adaptation.predict(levels[0])) == 1


def test_an_image_that_cannot_be_read_is_told_by_its_place() -> None:
    adaptation = mm.adapt(tiny.support((4, 4)), "ridge", tiny.backbone())
    with pytest.raises(UnreadableImageError) as caught:
        adaptation.predict([saved("png"), b"no picture"])
    assert caught.value.__notes__ == ["images[1]"]
