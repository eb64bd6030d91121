"""`adapt` and `analyse`: near ties are asked again in float32; a method that is none is named."""

from pathlib import Path

import pytest
import torch
from pictures import write_folder

from medmeta_core.analysis import NEAR_TIE, adapt, analyse
from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.errors import MedMetaError
from medmeta_core.imaging import MedicalImage, read_image


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[MedicalImage]]:
    folder: Path = write_folder(tmp_path_factory.mktemp("examples"), {"a": 4, "b": 4})
    return {
        name: [read_image(path.read_bytes()) for path in sorted((folder / name).iterdir())]
        for name in ("a", "b")
    }


def test_what_is_no_image_is_refused() -> None:
    support = SupportSet(torch.rand(4, 3, 32, 32), torch.tensor([0, 0, 1, 1]), ("flu", "cold"))
    adaptation = adapt(support, method="prototypical", backbone="medmeta-conv4-maml")
    for wrong in (torch.rand(3, 32, 32), Path("new.dcm"), None):
        with pytest.raises(MedMetaError) as caught:
            analyse(wrong, adaptation)  # type: ignore[arg-type]
        assert caught.value.rule == "medical-image"


def test_an_image_between_two_conditions_is_embedded_in_float32(
    images: dict[str, list[MedicalImage]],
) -> None:
    both, new = images["a"][:3] + images["b"][:3], images["a"][3]
    adaptation = adapt(SupportSet.from_images({"one": both, "the same": both}))
    backbone = load_backbone()
    if backbone.runtime.is_exact:
        pytest.skip("this processor embeds in float32 anyhow")
    pixels = as_model_pixels(new, int(adaptation.support.pixels.shape[-1]))[None]
    quickly = backbone.runtime.embed(backbone.network.resized(pixels))[0]
    case = analyse(new, adaptation, with_heat_map=False)
    first, second = sorted(case.prediction.probabilities, reverse=True)
    assert first - second < NEAR_TIE
    exactly = backbone.embed_float32(pixels)[0]
    assert torch.equal(case.embedding, exactly)
    assert (quickly - exactly).norm() > 100 * (case.embedding - exactly).norm()
    assert not torch.equal(quickly, exactly)


def test_a_clear_answer_is_not_computed_again(
    images: dict[str, list[MedicalImage]], monkeypatch: pytest.MonkeyPatch
) -> None:
    adaptation = adapt(SupportSet.from_images(images))
    monkeypatch.setattr(
        type(load_backbone()), "embed_float32", lambda *_: pytest.fail("asked again")
    )
    analysis = analyse(images["b"][0], adaptation, with_heat_map=False).prediction
    assert analysis.first == "b"
    assert max(analysis.probabilities) > 0.5 + NEAR_TIE


def test_a_method_that_does_not_exist_is_reported_with_the_available_ones(
    images: dict[str, list[MedicalImage]],
) -> None:
    with pytest.raises(MedMetaError, match=r"'guess'; available: automatic, prototypical"):
        adapt(SupportSet.from_images(images), method="guess")
