"""What a caller hands over is checked once, where it comes in; each error says rule and finding."""

import numpy as np
import pytest
import tiny
import torch

from medmeta_core.episodes import SupportSet
from medmeta_core.errors import SupportSetError
from medmeta_core.methods import METHODS

LABELS, NAMES = [0, 0, 1, 1], ("flu", "cold")
GOOD = np.random.default_rng(0).random((4, 3, 8, 9))


def with_one(value: float) -> np.ndarray:
    """Good pixels with one number of another kind."""
    pixels = GOOD.copy()
    pixels[2, 1, 3, 4] = value
    return pixels


REFUSED = {
    "NaN": (with_one(np.nan), "pixels-finite", "NaN or infinity"),
    "infinity": (with_one(np.inf), "pixels-finite", "NaN or infinity"),
    "0 to 255": (GOOD * 255, "pixels-range", r"\[0, 1\], found 0.*to 2"),
    "negative": (with_one(-0.5), "pixels-range", "found -0.5 to"),
    "bytes": ((GOOD * 255).astype(np.uint8), "pixels-kind", "found uint8"),
    "whole numbers": (torch.zeros(4, 3, 8, 9, dtype=torch.int64), "pixels-kind", "found int64"),
    "objects": (GOOD.astype(object), "pixels-kind", "found object"),
    "a list": (GOOD.tolist(), "pixels-type", "a tensor or an array, found list"),
    "channels last": (GOOD.transpose(0, 2, 3, 1), "pixels-channels-last", "channels come before"),
    "one image": (GOOD[0], "pixels-shape", r"found \(3, 8, 9\)"),
    "four channels": (np.zeros((4, 4, 8, 9)), "pixels-shape", r"\(4, 4, 8, 9\)"),
    "no pixels": (np.zeros((4, 3, 0, 9)), "pixels-shape", r"\(4, 3, 0, 9\)"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_pixels_that_no_model_can_see_are_refused(kind: str) -> None:
    pixels, rule, finding = REFUSED[kind]
    with pytest.raises(SupportSetError, match=finding) as refusal:
        SupportSet(pixels, LABELS, NAMES)  # type: ignore[arg-type]
    assert refusal.value.rule == rule


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "pixels",
    [
        GOOD[..., ::-1].copy()[..., ::-1],
        GOOD.astype(">f8"),
        GOOD.astype(np.longdouble),
        np.broadcast_to(GOOD, GOOD.shape),
        torch.from_numpy(GOOD).requires_grad_(),
    ],
    ids=["mirrored", "big-endian", "long double", "read-only", "with gradients"],
)
def test_how_floats_lie_in_memory_does_not_matter(pixels: np.ndarray | torch.Tensor) -> None:
    expected = torch.from_numpy(GOOD).float()
    assert torch.equal(SupportSet(pixels, LABELS, NAMES).pixels.detach(), expected)


@pytest.mark.parametrize("name", ["prototypical", "maml"])
@pytest.mark.parametrize("kind", ["NaN", "0 to 255", "bytes", "channels last", "one image"])
def test_so_are_those_of_an_image_asked_about(name: str, kind: str) -> None:
    classifier = METHODS[name].make(tiny.backbone()).fit(tiny.support())
    pixels, rule, _ = REFUSED[kind]
    with pytest.raises(SupportSetError) as refusal:
        classifier.predict_proba(pixels)  # type: ignore[arg-type]
    assert refusal.value.rule == rule


@pytest.mark.parametrize(
    ("labels", "conditions", "groups", "rule"),
    [
        ([0, 0, 1], NAMES, (), "labels-length"),
        ([0, 0, 1, 2], NAMES, (), "label-range"),
        ([-1, 0, 1, 1], NAMES, (), "label-range"),
        ([0.0, 0.0, 1.0, 1.0], NAMES, (), "label-kind"),
        (["flu", "flu", "cold", "cough"], NAMES, (), "label-unknown"),
        (["flu", "flu", "cold", 1], (), (), "label-kind"),
        (LABELS, NAMES, ("P1", "P2"), "groups-length"),
        (LABELS, ("flu",), (), "two-conditions"),
        (["flu"] * 4, (), (), "two-conditions"),
        (LABELS, ("flu", "flu"), (), "distinct-conditions"),
        (LABELS, ("flu", "cold", "cough"), (), "one-example-per-condition"),
    ],
)
def test_labels_that_do_not_belong_to_the_images_are_refused(
    labels: object, conditions: tuple[str, ...], groups: tuple[str, ...], rule: str
) -> None:
    with pytest.raises(SupportSetError) as refusal:
        SupportSet(torch.from_numpy(GOOD), labels, conditions, groups)  # type: ignore[arg-type]
    assert refusal.value.rule == rule


@pytest.mark.parametrize(
    ("labels", "conditions", "names"),
    [
        (LABELS, NAMES, NAMES),
        (np.array(LABELS), NAMES, NAMES),
        (torch.tensor(LABELS), NAMES, NAMES),
        (["flu", "flu", "cold", "cold"], (), NAMES),
        (np.array(["cold", "cold", "flu", "flu"]), NAMES, ("cold", "flu")),
        ([3, 3, 7, 7], (), ("3", "7")),
    ],
)
def test_names_and_whole_numbers_of_any_make_are_labels(
    labels: object, conditions: tuple[str, ...], names: tuple[str, ...]
) -> None:
    support = SupportSet(GOOD, labels, conditions)  # type: ignore[arg-type]
    assert tuple(support.conditions[int(label)] for label in support.labels[::2]) == names
    assert support.labels.dtype == torch.int64
    assert support.pixels.dtype == torch.float32


def test_arrays_and_tensors_of_one_or_three_channels_are_the_same() -> None:
    grey = GOOD[:, :1].astype(np.float16)
    stacks = [
        SupportSet(pixels, LABELS, NAMES).pixels  # type: ignore[arg-type]
        for pixels in (grey, torch.from_numpy(grey), np.repeat(grey, 3, 1))
    ]
    assert all(torch.equal(one, stacks[0]) for one in stacks)
    assert stacks[0].shape == (4, 3, 8, 9)
