"""`adapt` with methods and backbones as objects: the same answers as by their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
import tiny
import torch
from torch import Tensor, nn

from medmeta_core.analysis import Adaptation, adapt, analyse_pixels
from medmeta_core.casework.case_classifier import CaseClassifier
from medmeta_core.embedding import Backbone, load_backbone
from medmeta_core.episodes import EmbeddedSupport
from medmeta_core.errors import MedMetaError
from medmeta_core.methods import METHODS
from medmeta_core.methods.heads import LinearHead
from medmeta_core.methods.maml import Maml
from medmeta_core.methods.ridge import Ridge

QUERY = tiny.stripes(1, 5, seed=9)[0]
SUPPORT = tiny.support((4, 4, 4))


@dataclass(frozen=True)
class SumOfExamples:
    """A method of a user's own: cosine to the sum of the examples."""

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        return {}

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[nn.Module]:
        members = nn.functional.one_hot(labels).float()
        for row in keep_masks:
            yield LinearHead((embeddings * row[:, None]).T @ members, torch.zeros(3))


def _answer(adaptation: Adaptation) -> tuple[float, ...]:
    return analyse_pixels(QUERY, adaptation, with_heat_map=False).prediction.probabilities


def test_a_method_by_name_as_a_class_and_as_an_object_gives_one_answer() -> None:
    backbone = load_backbone()
    by_name, by_class, by_object = (
        adapt(SUPPORT, method=method) for method in ("ridge", Ridge, Ridge(backbone))
    )
    assert _answer(by_name) == _answer(by_class) == _answer(by_object)
    assert by_name.method == by_class.method == by_object.method == "ridge"
    assert by_class.backbone_sha256 == backbone.card.sha256


@pytest.mark.parametrize("name", [*METHODS, "automatic"])
def test_every_method_adapts_on_a_backbone_that_has_no_name_on_the_disk(name: str) -> None:
    backbone = tiny.backbone()
    adaptation = adapt(SUPPORT, method=name, backbone=backbone)
    assert adaptation.backbone == "tiny"
    assert sum(_answer(adaptation)) == pytest.approx(1)
    assert adaptation.cross_validation.n_evaluated == 12


def test_a_method_of_ones_own_is_left_out_and_classified_like_any_other() -> None:
    adaptation = adapt(SUPPORT, method=SumOfExamples, backbone=tiny.backbone())
    assert isinstance(adaptation.support, EmbeddedSupport)  # it looks at no pixels
    assert adaptation.method == "SumOfExamples"
    assert len(adaptation.refits) == 12


def test_without_an_example_the_same_object_is_fitted_again() -> None:
    adaptation = adapt(SUPPORT, method=SumOfExamples, backbone=tiny.backbone())
    keep_mask = torch.arange(12) != 3
    again = adapt(SUPPORT.subset(keep_mask), method=SumOfExamples, backbone=tiny.backbone())
    answer = CaseClassifier(adaptation).classify_pixels(QUERY, [3], with_heat_map=False)
    assert answer.prediction.probabilities == _answer(again)


def test_a_method_on_another_backbone_is_refused() -> None:
    method = Maml(tiny.backbone())
    assert adapt(SUPPORT, method=method, backbone="tiny").backbone == "tiny"
    with pytest.raises(MedMetaError, match="has the backbone 'tiny'; found 'medmeta-"):
        adapt(SUPPORT, method=method, backbone=load_backbone())
