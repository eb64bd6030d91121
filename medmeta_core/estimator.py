"""`FewShotClassifier`: the methods as an estimator of scikit-learn."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data
from torch import Tensor

from medmeta_core.analysis import Adaptation, adapt
from medmeta_core.api.images import read_images
from medmeta_core.embedding import Backbone
from medmeta_core.embedding.vectors import vector_backbone
from medmeta_core.episodes import MODEL_SIDE, EmbeddedSupport, SupportSet, identify_patients
from medmeta_core.episodes.pixels import as_model_pixels, model_pixels
from medmeta_core.imaging import MedicalImage
from medmeta_core.selection import ALL_METHODS
from medmeta_core.selection.catalogue import MethodLike, method_of

Images = NDArray[Any] | Tensor | Sequence[Any]
"""Images or embeddings; see `FewShotClassifier`."""


class FewShotClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A few-shot method on a backbone, with a temperature fitted by leave-one-out.

    `X` is one of

    * images: an array (n, 3, h, w) or (n, 1, h, w) in [0, 1], or a sequence (a pandas Series, too)
      of paths, bytes of files, `MedicalImage`s or arrays (1 or 3, h, w);
    * embeddings: an array (n, n_features), taken as they are, for the methods that fit heads on
      embeddings.

    Args:
        method: a key of `METHODS`, "automatic", or a method of your own (see `adapt`).
        backbone: a name or a `Backbone`; None takes the one that the method was made for. Not
            used for embeddings.
        **hyper_parameters: of the method; what is not given has the paper's default.

    Attributes:
        classes_: (n_classes,) the labels, sorted.
        adaptation_: the `Adaptation`: leave-one-out, temperature, refits.
        n_features_in_: length of an embedding, where `X` was embeddings.

    A pickle holds the examples, and fits again when it is loaded: the methods are deterministic.

    >>> X = np.array([[0.0, 0.1], [0.1, 0.0], [5.0, 5.1], [5.1, 5.0]])
    >>> FewShotClassifier("ridge").fit(X, ["a", "a", "b", "b"]).predict([[5.0, 5.0]]).tolist()
    ['b']
    """

    classes_: NDArray[Any]
    adaptation_: Adaptation

    def __init__(
        self,
        method: MethodLike = "prototypical",
        backbone: str | Backbone | None = None,
        **hyper_parameters: float | None,
    ) -> None:
        self.method = method
        self.backbone = backbone
        for name, value in hyper_parameters.items():
            setattr(self, name, value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The method, the backbone, and the hyper-parameters that were given."""
        return {**super().get_params(deep=deep), **self._hyper_parameters()}

    def set_params(self, **params: Any) -> Self:
        """Set the method, the backbone, or any hyper-parameter of a method."""
        names = {name for entry in ALL_METHODS.values() for name in entry.hyper_parameters}
        for name in (names | self._hyper_parameters().keys()) & params.keys():
            setattr(self, name, params.pop(name))
        super().set_params(**params)
        return self

    def fit(self, X: Images, y: ArrayLike, groups: Sequence[Any] | None = None) -> Self:  # noqa: N803
        """Adapt to the examples.

        Args:
            X: the examples; see the class.
            y: (n,) labels.
            groups: (n,) the patient of each example, None where not known: examples of one
                patient are left out together.

        Raises:
            ValueError: X and y do not belong together, or y has fewer than two classes.
            HyperParameterError: the method has no such hyper-parameter, or not this value of it.
            MedMetaError: an image cannot be read, or the method cannot be fitted.
        """
        images = _as_images(X)
        labels = np.asarray(y)
        self.__dict__.pop("n_features_in_", None)
        if images is None:
            X, labels = validate_data(self, X, y, dtype=np.float32)  # noqa: N806
        labels = column_or_1d(labels, warn=True)
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y: expected at least two classes, found {len(self.classes_)} class.")
        conditions = tuple(str(label) for label in self.classes_)
        places = torch.from_numpy(numbers.astype(np.int64))
        patients = _patients_of([conditions[number] for number in numbers], groups)
        if images is None:
            embeddings = torch.from_numpy(X)
            self.adaptation_ = self._adapted(
                EmbeddedSupport(embeddings, places, conditions, patients)
            )
        else:
            self.adaptation_ = self._adapted(SupportSet(images, places, conditions, patients))
        return self

    def predict_proba(self, X: Images) -> NDArray[np.float64]:  # noqa: N803
        """(n, n_classes) probabilities, in the order of `classes_`; rows sum to 1."""
        check_is_fitted(self)
        classifier = self.adaptation_.classifier
        images = _as_images(X)
        if images is not None:
            return classifier.predict_proba(images).numpy()
        X = validate_data(self, X, dtype=np.float32, reset=False)  # noqa: N806
        scores = classifier.scores_of(torch.from_numpy(X))
        return scores.double().softmax(-1).numpy()

    def predict(self, X: Images) -> NDArray[Any]:  # noqa: N803
        """(n,) the most probable label of each."""
        probabilities = self.predict_proba(X)
        labels: NDArray[Any] = self.classes_[probabilities.argmax(1)]
        return labels

    def _adapted(self, support: SupportSet | EmbeddedSupport) -> Adaptation:
        takes_embeddings = hasattr(self, "n_features_in_")
        backbone = vector_backbone(self.n_features_in_) if takes_embeddings else self.backbone
        return adapt(support, method=method_of(self.method, backbone, **self._hyper_parameters()))

    def _hyper_parameters(self) -> dict[str, Any]:
        """The hyper-parameters that were given."""
        arguments = ("method", "backbone")
        return {
            name: value
            for name, value in vars(self).items()
            if name not in arguments and name.strip("_") == name
        }

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        adaptation = state.pop("adaptation_", None)
        return state if adaptation is None else state | {"_examples": adaptation.support}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        examples = state.pop("_examples", None)
        super().__setstate__(state)
        if examples is not None:
            self.adaptation_ = self._adapted(examples)


def _as_images(X: Images) -> Tensor | None:  # noqa: N803
    """Pixels (n, 3, h, w) of what is images; None for everything else."""
    if isinstance(X, Tensor | np.ndarray) and X.ndim >= 3:
        return model_pixels(X)
    if getattr(X, "ndim", None) == 1 and hasattr(X, "to_numpy"):
        X = X.to_numpy()  # noqa: N806
    is_sequence = isinstance(X, list | tuple) or (isinstance(X, np.ndarray) and X.ndim == 1)
    if is_sequence and len(X) and _is_image(X[0]):
        return torch.stack([as_model_pixels(one, MODEL_SIDE) for one in read_images(X)])
    return None


def _is_image(one: object) -> bool:
    is_array = isinstance(one, Tensor | np.ndarray) and one.ndim == 3
    return is_array or isinstance(one, MedicalImage | str | PathLike | bytes)


def _patients_of(names: Sequence[str], groups: Sequence[Any] | None) -> tuple[str | None, ...]:
    """The patient of each example; None, NaN and "" say that it is not known."""
    if groups is None:
        return ()
    if len(groups) != len(names):
        raise ValueError(f"groups: expected one for each of {len(names)}, found {len(groups)}.")
    patients = [None if one is None or one == "" or one != one else str(one) for one in groups]
    return identify_patients(names, patients).ids
