"""`adapt`: a method fitted to examples, and how reliable it is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport, SupportSet
from medmeta_core.methods import Classifier, FewShotMethod, needs_pixels
from medmeta_core.numerics import finite, numerical_failures
from medmeta_core.progress import Progress, listening, silent
from medmeta_core.selection import (
    Choice,
    MethodLike,
    fit_and_leave_out,
    method_of,
    prior_of,
    title_of,
)
from medmeta_core.short_repr import (
    MAX_OF_A_LIST,
    ShortRepr,
    html_table,
    listed,
    shortened,
)
from medmeta_core.trust import (
    CrossValidation,
    Typicality,
    fit_temperature,
)
from medmeta_core.trust.leave_one_out import CrossValidationRun, figures

EMBEDDED_FROM, LEFT_OUT_FROM, TYPICALITY_FROM = 0.02, 0.12, 0.98
"""How far an adaptation is when it begins to embed, to leave out, and to see what is typical."""


@dataclass(frozen=True, eq=False, repr=False)
class Adaptation(ShortRepr):
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
        """Side in pixels of the squares that it classifies."""
        return self.support.side

    def _in_short(self) -> Mapping[str, str]:
        left_out = self.cross_validation
        return {
            "method": repr(self.method),
            "backbone": repr(shortened(self.backbone, MAX_OF_A_LIST)),
            "conditions": listed(self.support.conditions),
            "recognised": f"{left_out.n_correct} of {left_out.n_evaluated}",
        }

    def _repr_html_(self) -> str:
        """For a notebook: method, backbone, conditions, and how reliable it is."""
        counted = zip(self.support.conditions, self.support.counts, strict=True)
        rows = {"backbone": self.backbone, **{name: f"{n} examples" for name, n in counted}}
        left_out = self.cross_validation
        rows["recognised when left out"] = f"{left_out.n_correct} of {left_out.n_evaluated}"
        rows["temperature"] = f"{self.temperature:.3g}"
        return html_table(rows, title=f"Adaptation: {self.method}")


def adapt(
    support: SupportSet | EmbeddedSupport,
    *,
    method: MethodLike = "prototypical",
    backbone: str | Backbone | None = None,
    progress: Progress = silent,
) -> Adaptation:
    """Adapt `method` to the examples and tell how reliable it is.

    Args:
        support: by its embeddings (`embed_support`) only for a method that `needs_pixels` not.
        method: a key of `METHODS`, or "automatic": the fast one that the examples support;
            or a method of your own, as an object or as a class that is called with a backbone.
        backbone: a name or a backbone; None takes the one that the method was made for.

    Raises:
        MedMetaError: an unknown method or backbone, or the progress listener stopped the work.
        NumericalError: the method cannot be computed on these examples.
    """
    began = time.perf_counter()
    progress(0.0, "backbone")
    few_shot = method_of(method, backbone)
    with listening(progress, "examples", start=EMBEDDED_FROM, end=LEFT_OUT_FROM):
        support = _embedded_where_enough(support, few_shot)
    choice, (classifier, run) = fit_and_leave_out(
        few_shot,
        support,
        progress=lambda done, label: progress(
            LEFT_OUT_FROM + (TYPICALITY_FROM - LEFT_OUT_FROM) * done, label
        ),
    )
    if choice is not None:
        few_shot = method_of(choice.method, few_shot.backbone)
    with listening(progress, "typicality", start=TYPICALITY_FROM):
        fitted = _Fitted(few_shot, support, classifier, run, choice)
        return replace(_tempered(fitted), seconds=time.perf_counter() - began)


class _Fitted(NamedTuple):
    """A method fitted to examples, with the run that left each of them out."""

    few_shot: FewShotMethod
    support: SupportSet | EmbeddedSupport
    classifier: Classifier
    run: CrossValidationRun
    choice: Choice | None


def _embedded_where_enough(
    support: SupportSet | EmbeddedSupport, few_shot: FewShotMethod
) -> SupportSet | EmbeddedSupport:
    """The embeddings of the examples where the method needs no more of them."""
    if isinstance(support, EmbeddedSupport):
        return support
    embedded = few_shot.backbone.embed_examples(support.pixels)
    return support if needs_pixels(few_shot) else support.embedded(embedded)


def _tempered(fitted: _Fitted) -> Adaptation:
    """The adaptation with its temperature, which is fitted on the left-out scores."""
    few_shot, support, classifier, run, choice = fitted
    temperature = fit_temperature(run.scores, support.labels, prior_of(few_shot, choice, support))
    embeddings = _embeddings(classifier, support)
    return Adaptation(
        classifier=classifier.tempered(temperature),
        support=support,
        method=title_of(few_shot),
        backbone=few_shot.backbone.name,
        backbone_sha256=few_shot.backbone.card.sha256,
        settings={**few_shot.settings, **classifier.settings, "temperature": temperature},
        cross_validation=figures(support, run.scores / temperature, n_folds=run.figures.n_folds),
        temperature=temperature,
        refits=tuple(refit.tempered(temperature) for refit in run.refits),
        strata=run.strata,
        embeddings=embeddings,
        typicality=Typicality.of(embeddings, support.patient_ids()),
        seconds=0.0,
        loaded_backbone=few_shot.backbone,
        few_shot_method=few_shot,
        choice=choice,
    )


@numerical_failures()
def _embeddings(classifier: Classifier, support: SupportSet | EmbeddedSupport) -> Tensor:
    """(n, d) of the examples; NumericalError where they or their scores are not finite."""
    embeddings = finite(
        support.embeddings
        if isinstance(support, EmbeddedSupport)
        else classifier.embed(support.pixels)
    )
    finite(classifier.head(embeddings))
    return embeddings


def settings_with_candidates(adaptation: Adaptation) -> dict[str, object]:
    """The settings, and among which methods leave-one-out chose where it did."""
    choice = adaptation.choice
    among = {"chosen_from": ", ".join(c.method for c in choice.candidates)} if choice else {}
    return {**adaptation.settings, **among}
