"""A case classified without the examples that it matches (decision 027)."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

import torch
from torch import Tensor

from medmeta_core.analysis import Adaptation, CaseAnalysis, adapt, analyse_pixels
from medmeta_core.episodes import EmbeddedSupport, SupportSet
from medmeta_core.episodes.pixels import as_model_pixels
from medmeta_core.imaging import MedicalImage
from medmeta_core.trust import AbstentionRule

MAX_CACHED = 2
"""Adaptations without some examples that are held in memory."""


def can_leave_out(labels: Sequence[object], positions: Sequence[int]) -> bool:
    """Whether every condition keeps an example when those at `positions` are left out.

    >>> can_leave_out(["flu", "flu", "cold"], [0]), can_leave_out(["flu", "flu", "cold"], [2])
    (True, False)
    """
    remaining = {label for i, label in enumerate(labels) if i not in set(positions)}
    return remaining == set(labels)


class CaseClassifier:
    """An adaptation, and the same made again without the examples that a case must not be
    classified by; each is made once.
    """

    def __init__(self, adaptation: Adaptation) -> None:
        self.adaptation = adaptation
        self._without: OrderedDict[tuple[int, ...], Adaptation] = OrderedDict()
        self._lock = Lock()

    def classify(
        self,
        image: MedicalImage,
        without: Sequence[int] = (),
        *,
        rule: AbstentionRule | None = None,
        with_heat_map: bool = True,
    ) -> CaseAnalysis:
        """The answer to an image."""
        pixels = as_model_pixels(image, self.adaptation.side)
        return self.classify_pixels(pixels, without, rule=rule, with_heat_map=with_heat_map)

    def classify_pixels(
        self,
        pixels: Tensor,
        without: Sequence[int] = (),
        *,
        rule: AbstentionRule | None = None,
        condition: str | None = None,
        with_heat_map: bool = True,
    ) -> CaseAnalysis:
        """The same for pixels (3, side, side); similar examples by their place in the whole set.

        Args:
            without: positions of the examples to leave out.

        Raises:
            SupportSetError: a condition would be left without an example.
        """
        adaptation = self._left_out(tuple(without)) if without else self.adaptation
        analysis = analyse_pixels(
            pixels, adaptation, rule=rule, condition=condition, with_heat_map=with_heat_map
        )
        used = [i for i in range(len(self.adaptation.support)) if i not in set(without)]
        prediction = analysis.prediction
        similar = tuple(replace(one, index=used[one.index]) for one in prediction.similar_cases)
        return replace(analysis, prediction=replace(prediction, similar_cases=similar))

    def _left_out(self, without: tuple[int, ...]) -> Adaptation:
        with self._lock:
            if without in self._without:
                self._without.move_to_end(without)
                return self._without[without]
        whole = self.adaptation
        support = _without(whole.support, without)
        adaptation = adapt(support, method=whole.few_shot_method)
        with self._lock:
            self._without[without] = adaptation
            while len(self._without) > MAX_CACHED:
                self._without.popitem(last=False)
        return adaptation


def _without(
    support: SupportSet | EmbeddedSupport, positions: Sequence[int]
) -> SupportSet | EmbeddedSupport:
    used = torch.ones(len(support), dtype=torch.bool)
    used[list(positions)] = False
    return support.subset(used)
