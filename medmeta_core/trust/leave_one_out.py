"""Leave-one-out over the examples; leave-one-patient-out where patients are known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from medmeta_core.episodes import EmbeddedSupport, LabelledExamples, SupportSet
from medmeta_core.methods import Classifier, FewShotMethod, OnBackbone
from medmeta_core.numerics import finite, numerical_failures
from medmeta_core.progress import Progress, listening, part, report, silent
from medmeta_core.trust.cross_validation import CrossValidation

MAX_FOLDS = 200
"""More patients than this share folds, so that the work stays bounded."""


@dataclass(frozen=True, eq=False)
class CrossValidationRun:
    """What leaving out told.

    Attributes:
        scores: (n, n_conditions) of each example, NaN where it could not be left out.
        refits: the classifier of each fold, which show how much an answer depends on examples.
        strata: of each refit, the conditions whose examples were left out.
        figures: the same as probabilities, with confusion and intervals.
    """

    scores: Tensor
    refits: tuple[Classifier, ...]
    figures: CrossValidation
    strata: tuple[tuple[int, ...], ...] = ()


def leave_one_out(
    method: FewShotMethod,
    support: SupportSet | EmbeddedSupport,
    *,
    max_folds: int = MAX_FOLDS,
    progress: Progress = silent,
) -> CrossValidationRun:
    """Classify every example by a classifier that never saw its patient.

    A fold whose removal would leave a condition without example is not classified.

    Raises:
        NumericalError: a refit cannot be computed or has no finite scores.
    """
    fold_of = torch.tensor(merged_folds(support, max_folds))
    held_out = [fold_of == fold for fold in range(int(fold_of.max()) + 1)]
    possible = [mask for mask in held_out if _can_leave_out(support, mask)]
    scores = torch.full((len(support), len(support.conditions)), float("nan"))
    refits: list[Classifier] = []
    if possible:
        classifiers, scores_of = _refits(method, support, ~torch.stack(possible))
        with numerical_failures(), listening(progress, "leave-one-out"):
            for done, mask in enumerate(possible):
                with part(done, len(possible)):
                    report(0.0)
                    classifier = next(classifiers)
                    scores[mask] = finite(scores_of(classifier, mask)).float()
                refits.append(classifier)
    strata = tuple(tuple(sorted(set(support.labels[mask].tolist()))) for mask in possible)
    cross_validation = figures(support, scores, n_folds=len(possible))
    return CrossValidationRun(scores, tuple(refits), cross_validation, strata)


ScoresOf = Callable[[Classifier, Tensor], Tensor]
"""(classifier, mask (n,) of examples) → scores (m, n_conditions) of these examples."""


def _refits(
    method: FewShotMethod, support: SupportSet | EmbeddedSupport, keep_masks: Tensor
) -> tuple[Iterator[Classifier], ScoresOf]:
    """One classifier for each row of `keep_masks`, and how they score the examples.

    Heads are fitted on the embeddings of the examples, which are computed once.
    """
    if isinstance(method, OnBackbone):
        embedded = support.embedded_by(method.backbone)
        return method.fit_each(embedded, keep_masks), partial(
            _scores_of_embeddings, embedded.embeddings
        )
    if isinstance(support, EmbeddedSupport):
        raise ValueError(f"{type(method).__name__} looks at pixels, embeddings are not enough")
    return method.fit_each(support, keep_masks), _Examples(support.pixels).scores


@torch.inference_mode()
def _scores_of_embeddings(embeddings: Tensor, classifier: Classifier, mask: Tensor) -> Tensor:
    return classifier.scores_of(embeddings[mask])


def merged_folds(support: LabelledExamples, max_folds: int) -> list[int]:
    """The fold of each example: a patient each, dealt round where there are more than allowed.

    Patients are dealt in the order of their conditions, so that each fold takes from all.
    """
    patients = support.patient_ids()
    if max(patients) < max_folds:
        return list(patients)
    order = {
        p: i
        for i, p in enumerate(
            dict.fromkeys(patients[int(i)] for i in torch.argsort(support.labels, stable=True))
        )
    }
    return [order[patient] % max_folds for patient in patients]


def figures(support: LabelledExamples, scores: Tensor, *, n_folds: int) -> CrossValidation:
    """The cross-validation that scores (n, n_conditions) of left-out examples amount to."""
    is_evaluated = scores.isfinite().all(-1).tolist()
    patients = {
        fold
        for fold, evaluated in zip(support.patient_ids(), is_evaluated, strict=True)
        if evaluated
    }
    return CrossValidation(
        conditions=support.conditions,
        labels=support.labels.numpy().astype(np.int64),
        probabilities=scores.double().softmax(-1).numpy(),
        n_folds=n_folds,
        by_patient=bool(support.groups),
        n_groups=len(patients),
        n_with_patient=sum(group is not None for group in support.groups),
    )


class _Examples:
    """The examples (n, 3, h, w), embedded once for all classifiers that share an embedding."""

    def __init__(self, pixels: Tensor) -> None:
        self._pixels = pixels
        self._embed: Callable[[Tensor], Tensor] | None = None
        self._embeddings: Tensor | None = None

    @torch.inference_mode()
    def scores(self, classifier: Classifier, mask: Tensor) -> Tensor:
        """Scores of the examples where the mask `mask` (n,) is true."""
        if classifier.embed != self._embed:  # it may be a classifier that moved all layers
            self._embed, self._embeddings = classifier.embed, None
            return classifier.scores(self._pixels[mask])
        if self._embeddings is None:
            self._embeddings = classifier.embed(self._pixels)
        scores: Tensor = classifier.head(self._embeddings[mask])
        return scores


def _can_leave_out(support: LabelledExamples, mask: Tensor) -> bool:
    remaining = torch.bincount(support.labels[~mask], minlength=len(support.conditions))
    return bool((remaining > 0).all())
