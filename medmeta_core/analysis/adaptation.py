"""`adapt` and `analyse`: the one path that pages, jobs and the command line share."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport, SupportSet
from medmeta_core.episodes.pixels import as_model_pixels, model_pixels
from medmeta_core.explanation import Explanation, grad_cam, similar_cases
from medmeta_core.imaging import MedicalImage
from medmeta_core.methods import Classifier, FewShotMethod, needs_pixels
from medmeta_core.numerics import finite, numerical_failures
from medmeta_core.progress import Progress, listening, silent
from medmeta_core.selection import (
    Choice,
    GivenMethod,
    fit_and_leave_out,
    method_of,
    prior_of,
    title_of,
)
from medmeta_core.trust import (
    COVERAGE,
    AbstentionRule,
    CrossValidation,
    Prediction,
    Typicality,
    fit_temperature,
    jackknife,
    p_values,
    share_right,
    under_rule,
)
from medmeta_core.trust.leave_one_out import figures

EMBEDDED_FROM, LEFT_OUT_FROM, JUDGED_FROM = 0.02, 0.12, 0.98
"""How far an adaptation is when it begins to embed, to leave out, and to see what is typical."""

NEAR_TIE = 0.03
"""Two conditions this near in probability could change places by an embedding in bfloat16."""


@dataclass(frozen=True, eq=False)
class Adaptation:
    """A classifier for the user's conditions, with what is known of its worth.

    Attributes:
        classifier: its scores are tempered: their softmax is the probability shown.
        support: the examples it rests on, by their embeddings where the method needs no more.
        method, backbone: names. `settings` are the method's hyper-parameters.
        cross_validation: tempered probabilities of each example when left out.
        temperature: fitted on the left-out scores.
        refits: tempered classifiers, each without one fold of examples; `strata` tell of each
            the conditions whose examples that fold holds.
        embeddings: (n, d) of the examples.
        typicality: how near the examples lie to each other.
        seconds: wall time of the adaptation.
        loaded_backbone: the one of this name.
        few_shot_method: what was fitted, the chosen one for "automatic".
        choice: how the method was chosen where that was left to the examples ("automatic").
    """

    classifier: Classifier
    support: SupportSet | EmbeddedSupport
    method: str
    backbone: str
    backbone_sha256: str
    settings: Mapping[str, float]
    cross_validation: CrossValidation
    temperature: float
    refits: tuple[Classifier, ...]
    strata: tuple[tuple[int, ...], ...]
    embeddings: Tensor
    typicality: Typicality
    seconds: float
    loaded_backbone: Backbone
    few_shot_method: FewShotMethod
    choice: Choice | None = None

    @property
    def side(self) -> int:
        """Side in pixels of the squares that it judges."""
        return self.support.side


@dataclass(frozen=True, eq=False)
class CaseAnalysis:
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


def adapt(
    support: SupportSet | EmbeddedSupport,
    *,
    method: GivenMethod = "prototypical",
    backbone: str | Backbone | None = None,
    progress: Progress = silent,
) -> Adaptation:
    """Adapt `method` to the examples and tell how far it can be trusted.

    Args:
        support: by its embeddings (`embed_support`) only for a method that `needs_pixels` not.
        method: a key of `METHODS`, or "automatic": the quick one that the examples speak for;
            or a method of your own, as an object or as a class that is called with a backbone.
        backbone: a name or a backbone; None takes the one that the method was made for.

    Raises:
        MedMetaError: an unknown method or backbone, or the progress listener stopped the work.
        NumericalError: the method cannot be computed on these examples.
    """
    began = time.perf_counter()
    progress(0.0, "backbone")
    few_shot = method_of(method, backbone)
    loaded = few_shot.backbone
    with listening(progress, "examples", start=EMBEDDED_FROM, end=LEFT_OUT_FROM):
        if isinstance(support, SupportSet):
            embedded = loaded.embed_examples(support.pixels)
            support = support if needs_pixels(few_shot) else support.embedded(embedded)
    choice, (classifier, left_out) = fit_and_leave_out(
        few_shot,
        support,
        progress=lambda done, label: progress(
            LEFT_OUT_FROM + (JUDGED_FROM - LEFT_OUT_FROM) * done, label
        ),
    )
    if choice is not None:
        few_shot = method_of(choice.method, loaded)
    prior = prior_of(few_shot, choice, support)
    temperature = fit_temperature(left_out.scores, support.labels, prior)
    with numerical_failures(), listening(progress, "typicality", start=JUDGED_FROM):
        embeddings = finite(
            support.embeddings
            if isinstance(support, EmbeddedSupport)
            else classifier.embed(support.pixels)
        )
        finite(classifier.head(embeddings))
    return Adaptation(
        classifier=classifier.tempered(temperature),
        support=support,
        method=title_of(few_shot),
        backbone=loaded.name,
        backbone_sha256=loaded.card.sha256,
        settings={**few_shot.settings, **classifier.settings, "temperature": temperature},
        cross_validation=figures(
            support, left_out.scores / temperature, n_folds=left_out.figures.n_folds
        ),
        temperature=temperature,
        refits=tuple(refit.tempered(temperature) for refit in left_out.refits),
        strata=left_out.strata,
        embeddings=embeddings,
        typicality=Typicality.of(embeddings, support.patient_ids()),
        seconds=time.perf_counter() - began,
        loaded_backbone=loaded,
        few_shot_method=few_shot,
        choice=choice,
    )


def settings_told(adaptation: Adaptation) -> dict[str, object]:
    """The settings, and among which methods leave-one-out chose where it did."""
    choice = adaptation.choice
    among = {"chosen_from": ", ".join(c.method for c in choice.candidates)} if choice else {}
    return {**adaptation.settings, **among}


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
        condition: whom the heat map speaks for; None takes the most probable.

    Raises:
        NumericalError: the answer or its heat map has no finite numbers.
    """
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
    """(d,); in float32 where the answer could hang on how exactly it is computed."""
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
        n_judged=left_out.n_judged,
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
