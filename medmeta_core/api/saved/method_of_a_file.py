"""A method of the user's own as a file names it: it tells its settings and cannot fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.errors import AdaptationFileError
from medmeta_core.methods import Classifier


@dataclass(frozen=True)
class MethodOfAFile:
    """Stands for a method whose code a file does not hold."""

    backbone: Backbone
    name: str
    settings: Mapping[str, float]

    def fit(self, support: SupportSet) -> Classifier:  # noqa: ARG002
        """Raise: the code of the method is not here.

        Raises:
            AdaptationFileError: always.
        """
        raise AdaptationFileError("adaptation-method")

    def fit_each(self, support: SupportSet, keep_masks: Tensor) -> Iterator[Classifier]:  # noqa: ARG002
        """The same."""
        raise AdaptationFileError("adaptation-method")
