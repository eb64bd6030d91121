"""`analyse`: the answer to one image, and its grounds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medmeta_core.analysis.adaptation import Adaptation
from medmeta_core.episodes.pixels import as_model_pixels, model_pixels
from medmeta_core.errors import SupportSetError
from medmeta_core.explanation import Explanation, grad_cam, similar_cases
from medmeta_core.imaging import MedicalImage
from medmeta_core.numerics import finite, numerical_failures
from medmeta_core.short_repr import ShortRepr
from medmeta_core.trust import (
    COVERAGE,
    AbstentionRule,
    Prediction,
    jackknife,
    p_values,
    share_right,
    under_rule,
)

NEAR_TIE = 0.03
"""Two conditions this near in probability could change places by an embedding in bfloat16."""


@dataclass(frozen=True, eq=False, repr=False)
class CaseAnalysis(ShortRepr):
    """The answer for one image and its grounds.

    Attributes:
        embedding: (d,) float32, for the map.
        explanation: None where no heat map was asked for.
        seconds: wall time.
    """

    prediction: Prediction
    explanation: Explanation | None
    embedding: Tensor
    seconds: float

    def _in_short(self) -> Mapping[str, str]:
        peak = "none" if self.explanation is None else f"{self.explanation.peak:.3g}"
        return {"prediction": repr(self.prediction), "peak": peak}

    def _repr_html_(self) -> str:
        """For a notebook: the prediction."""
        return self.prediction._repr_html_()


def analyse(
    image: MedicalImage,
    adaptation: Adaptation,
    *,
    rule: AbstentionRule | None = None,
    condition: str | None = None,
    with_heat_map: bool = True,
) -> CaseAnalysis:
    """What the adapted classifier says of an image, and why.

    Args:
        condition: the condition to explain; None takes the most probable one.

    Raises:
        SupportSetError: what is given is no `MedicalImage`.
        NumericalError: the answer or its heat map has no finite numbers.
    """
    if not isinstance(image, MedicalImage):
        raise SupportSetError("medical-image", found=type(image).__name__)
    return analyse_pixels(
        as_model_pixels(image, adaptation.side),
        adaptation,
        rule=rule,
        condition=condition,
        with_heat_map=with_heat_map,
    )


def analyse_pixels(
    pixels: Tensor,
    adaptation: Adaptation,
    *,
    rule: AbstentionRule | None = None,
    condition: str | None = None,
    with_heat_map: bool = True,
) -> CaseAnalysis:
    """The same for pixels (3, side, side) in [0, 1], with `side` that of the adaptation.

    Raises:
        SupportSetError: the pixels are not finite floats in [0, 1] of this shape.
    """
    pixels = model_pixels(pixels[None])[0]
    began = time.perf_counter()
    with numerical_failures():
        embedding = finite(_embedding(pixels, adaptation))
        prediction = _predict(pixels, embedding, adaptation, rule or AbstentionRule())
    explanation = (
        grad_cam(adaptation.classifier, pixels, condition or prediction.first)
        if with_heat_map
        else None
    )
    return CaseAnalysis(prediction, explanation, embedding, time.perf_counter() - began)


@torch.inference_mode()
def _embedding(pixels: Tensor, adaptation: Adaptation) -> Tensor:
    """(d,); in float32 where the answer could depend on how exactly it is computed."""
    classifier = adaptation.classifier
    embedding = classifier.embed(pixels[None])
    first, second = classifier.head(embedding).softmax(-1)[0].topk(2).values.tolist()
    if first - second < NEAR_TIE:
        backbone = adaptation.loaded_backbone
        if classifier.embed == backbone.embed:
            embedding = backbone.embed_float32(pixels[None])
    return embedding[0]


def _predict(
    pixels: Tensor, embedding: Tensor, adaptation: Adaptation, rule: AbstentionRule
) -> Prediction:
    scores = finite(adaptation.classifier.head(embedding[None])[0])
    probabilities = scores.double().softmax(-1).numpy()
    support = adaptation.support
    conditions = [support.conditions[int(label)] for label in support.labels]
    left_out = adaptation.cross_validation
    prediction = Prediction(
        conditions=support.conditions,
        probabilities=tuple(probabilities.tolist()),
        intervals=(),
        conformal_set=None,
        coverage=COVERAGE,
        typicality=adaptation.typicality.of_query(embedding, adaptation.embeddings),
        abstention=None,
        similar_cases=similar_cases(embedding, adaptation.embeddings, conditions),
        share_right=share_right(probabilities, left_out),
        spread=jackknife(_refitted(pixels, embedding, adaptation), adaptation.strata),
        p_values=p_values(probabilities, left_out),
        n_evaluated=left_out.n_evaluated,
    )
    return under_rule(prediction, rule)


def _refitted(
    pixels: Tensor, embedding: Tensor, adaptation: Adaptation
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Probabilities (m, n_conditions) by each of the m refits; those that share the embedding
    (d,) are asked for their heads alone.
    """
    rows = [
        refit.head(embedding[None])[0].double().softmax(-1)
        if refit.embed == adaptation.classifier.embed
        else refit.predict_proba(pixels[None])[0]
        for refit in adaptation.refits
    ]
    n_conditions = len(adaptation.support.conditions)
    return finite(torch.stack(rows)).numpy() if rows else np.empty((0, n_conditions))
