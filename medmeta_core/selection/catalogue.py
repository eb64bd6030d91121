"""A method by its name or as an object: on a backbone, fitted, examples left out.

"Automatic" is a name like any other.
"""

from collections.abc import Callable, Mapping
from typing import cast

from medmeta_core.embedding import DEFAULT_BACKBONE, Backbone, load_backbone
from medmeta_core.episodes import EmbeddedSupport, LabelledExamples, SupportSet
from medmeta_core.errors import HyperParameterError, MedMetaError
from medmeta_core.methods import (
    METHODS,
    Classifier,
    FewShotMethod,
    HeadMethod,
    MethodEntry,
    OnBackbone,
)
from medmeta_core.methods.few_shot_method import needs_pixels
from medmeta_core.methods.hyper_parameters import has_default_hyper_parameters
from medmeta_core.methods.papers import Paper
from medmeta_core.numerics import numerical_failures
from medmeta_core.progress import Progress, listening, silent
from medmeta_core.selection.automatic import Automatic, Fitted, choose_quickly
from medmeta_core.selection.model_selection import AUTOMATIC, Choice
from medmeta_core.trust.calibration import TemperaturePrior, temperature_prior
from medmeta_core.trust.leave_one_out import MAX_FOLDS, leave_one_out

BREIMAN = Paper(
    ("Breiman", "Friedman", "Olshen", "Stone"),
    1984,
    "Classification and Regression Trees, section 3.4.3",
)
"""The rule of so many standard errors, by which the default is left."""

ALL_METHODS: Mapping[str, MethodEntry] = {
    AUTOMATIC: MethodEntry(AUTOMATIC, Automatic, (BREIMAN,), "automatic"),
    **METHODS,
}
"""All that can be asked for by name."""


def default_backbone_of(method: str) -> str:
    """The name of the backbone that a method is made for.

    Args:
        method: a key of `METHODS`, or "automatic".

    Raises:
        MedMetaError: there is no such method.
    """
    return entry_of(method).backbone


def most_folds(method: str) -> int:
    """Most refits of a method when examples are left out, by what a refit costs.

    Args:
        method: a key of `METHODS`, "automatic", or "" for a method that is not on offer.

    Raises:
        MedMetaError: there is no such method.
    """
    return entry_of(method).max_folds if method else MAX_FOLDS


def entry_of(method: str) -> MethodEntry:
    """The record of a method.

    Args:
        method: a key of `METHODS`, or "automatic".

    Raises:
        MedMetaError: there is no such method.
    """
    if method not in ALL_METHODS:
        raise MedMetaError("unknown-method", name=method, known=", ".join(ALL_METHODS))
    return ALL_METHODS[method]


def name_of(method: FewShotMethod) -> str:
    """The key of `METHODS` of a method, "automatic", or "" where it is not on offer."""
    names = (name for name, entry in ALL_METHODS.items() if entry.is_kind_of(method))
    return next(names, "")


def method_on(name: str, backbone: Backbone, **hyper_parameters: float | None) -> FewShotMethod:
    """The method of this name on a backbone.

    Raises:
        MedMetaError: there is none, it has no such hyper-parameter or not this value of it, or it
            needs learned weights that the backbone lacks.
    """
    return entry_of(name).make(backbone, **hyper_parameters)


def fit_and_leave_out(
    method: FewShotMethod,
    support: SupportSet | EmbeddedSupport,
    *,
    progress: Progress = silent,
) -> tuple[Choice | None, Fitted]:
    """The method on all examples, and each example classified when left out.

    Pages, command line and evaluation all go through here, so that they leave out alike: in at most
    `most_folds` folds.

    Returns:
        How the method was chosen, None where it was given; its classifier and what was told.

    Raises:
        NumericalError: the method cannot be computed on these examples.
    """
    if isinstance(method, Automatic):  # it has left them out already, to choose
        return choose_quickly(method.backbone, support, progress=progress)
    max_folds = most_folds(name_of(method))
    n_fits = 1 + min(max_folds, max(support.patient_ids()) + 1)
    left_out = leave_one_out(
        method,
        support,
        max_folds=max_folds,
        progress=lambda done, label: progress(done * (n_fits - 1) / n_fits, label),
    )
    last = listening(progress, "all examples", start=(n_fits - 1) / n_fits)
    with numerical_failures(), last:
        return None, Fitted(fit_on(method, support), left_out)


def fit_on(method: FewShotMethod, support: SupportSet | EmbeddedSupport) -> Classifier:
    """The method's classifier on examples, or on their embeddings where it fits heads to them."""
    if not isinstance(support, EmbeddedSupport):
        return method.fit(support)
    if not needs_pixels(method):
        return method.fit(support)  # type: ignore[arg-type]
    raise ValueError(f"{type(method).__name__} looks at pixels, embeddings are not enough")


def prior_of(
    method: FewShotMethod, choice: Choice | None, support: LabelledExamples
) -> TemperaturePrior:
    """The prior for the temperature of a method, or of the one that was chosen, on a task.

    It was measured with the default hyper-parameters: with others nothing is known beforehand.
    """
    unwrapped = method.head_method if isinstance(method, OnBackbone) else method
    name = choice.method if choice else name_of(method)
    name = name if has_default_hyper_parameters(unwrapped) else ""
    return temperature_prior(name, method.backbone.name, support.counts)


MakesMethod = Callable[..., FewShotMethod | HeadMethod]
MethodLike = str | FewShotMethod | HeadMethod | MakesMethod
"""A key of `METHODS` or "automatic"; a method, which has its backbone; or a class of methods."""


def method_of(
    method: MethodLike, backbone: str | Backbone | None = None, **hyper_parameters: float | None
) -> FewShotMethod:
    """The few-shot method that a caller asks for, on the backbone asked for.

    Args:
        backbone: a name or a backbone; None takes the one that the method was made for.
        **hyper_parameters: of a name or a class; what is not given has the default.

    Raises:
        HyperParameterError: the method has no such hyper-parameter, or not this value of it.
        MedMetaError: no method or backbone has this name, or the method has another backbone.
    """
    if not isinstance(method, str) and not callable(method):
        if not hasattr(method, "backbone"):
            raise MedMetaError("method-type", found=type(method).__name__)
        if hyper_parameters:
            name = next(iter(hyper_parameters))
            raise HyperParameterError(
                "no-hyper-parameters", method=title_of(_as_method(method)), name=name
            )
        return _with_its_backbone(method, backbone)
    name = default_backbone_of(method) if isinstance(method, str) else DEFAULT_BACKBONE
    loaded = backbone if isinstance(backbone, Backbone) else load_backbone(backbone or name)
    if isinstance(method, str):
        return method_on(method, loaded, **hyper_parameters)
    return _as_method(method(loaded, **hyper_parameters))


def title_of(method: FewShotMethod) -> str:
    """The key of `METHODS` of a method, "automatic", or the name of its class."""
    unwrapped = method.head_method if isinstance(method, OnBackbone) else method
    return name_of(method) or type(unwrapped).__name__


def _with_its_backbone(
    method: FewShotMethod | HeadMethod, backbone: str | Backbone | None
) -> FewShotMethod:
    bound = method.backbone
    if backbone is not None and backbone not in (bound, bound.name):
        name = backbone if isinstance(backbone, str) else backbone.name
        raise MedMetaError("backbone-of-another", backbone=bound.name, found=name)
    return _as_method(method)


def _as_method(method: FewShotMethod | HeadMethod) -> FewShotMethod:
    if not hasattr(method, "heads"):
        return method
    return OnBackbone(cast(HeadMethod, method))
