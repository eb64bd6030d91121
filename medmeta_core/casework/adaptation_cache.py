"""Adaptations in memory: another one is made again from the store."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from medmeta_core.analysis import Adaptation
from medmeta_core.casework.case_classifier import CaseClassifier
from medmeta_core.episodes import SupportSet

MAX_ADAPTATIONS = 8
MAX_BYTES = 128 * 2**20
"""How many are held, and how much of their examples; the newest one in any case."""


class AdaptationCache:
    """The adaptations used last, by the ids of their records, which are unique."""

    def __init__(self) -> None:
        self._classifiers: OrderedDict[str, CaseClassifier] = OrderedDict()
        self._lock = Lock()

    def get(self, record_id: str) -> CaseClassifier | None:
        """The classifier of an adaptation, without counting as a use where there is none."""
        with self._lock:
            if record_id not in self._classifiers:
                return None
            self._classifiers.move_to_end(record_id)
            return self._classifiers[record_id]

    def put(self, record_id: str, adaptation: Adaptation) -> CaseClassifier:
        """Hold an adaptation; those used longest ago leave."""
        classifier = CaseClassifier(adaptation)
        with self._lock:
            self._classifiers[record_id] = classifier
            while len(self._classifiers) > 1 and self._is_full():
                self._classifiers.popitem(last=False)
        return classifier

    def clear(self) -> None:
        """Let go of all, as after a restart."""
        with self._lock:
            self._classifiers.clear()

    def _is_full(self) -> bool:
        adaptations = [classifier.adaptation for classifier in self._classifiers.values()]
        return len(adaptations) > MAX_ADAPTATIONS or _n_bytes(adaptations) > MAX_BYTES


def _n_bytes(adaptations: Iterable[Adaptation]) -> int:
    return sum(
        support.pixels.nbytes if isinstance(support, SupportSet) else support.embeddings.nbytes
        for support in (adaptation.support for adaptation in adaptations)
    )


CACHE = AdaptationCache()
"""The adaptations of this process."""
