"""A method as a caller hands it over: its name, an object, or what makes one of a backbone."""

from collections.abc import Callable
from typing import cast

from medmeta_core.embedding import DEFAULT_BACKBONE, Backbone, load_backbone
from medmeta_core.errors import HyperParameterError, MedMetaError
from medmeta_core.methods import FewShotMethod, HeadMethod, OnBackbone
from medmeta_core.selection.catalogue import method_on, name_of, own_backbone

MakesMethod = Callable[..., FewShotMethod | HeadMethod]
GivenMethod = str | FewShotMethod | HeadMethod | MakesMethod
"""A key of `METHODS` or "automatic"; a method, which has its backbone; or a class of methods."""


def method_of(
    given: GivenMethod, backbone: str | Backbone | None = None, **hyper_parameters: float | None
) -> FewShotMethod:
    """The few-shot method that a caller asks for, on the backbone asked for.

    Args:
        backbone: a name or a backbone; None takes the one that the method was made for.
        **hyper_parameters: of a name or a class; what is not given has the default.

    Raises:
        HyperParameterError: the method has no such hyper-parameter, or not this value of it.
        MedMetaError: no method or backbone has this name, or the method has another backbone.
    """
    if not isinstance(given, str) and not callable(given):
        if hyper_parameters:
            name = next(iter(hyper_parameters))
            raise HyperParameterError(
                "no-hyper-parameters", method=title_of(_as_method(given)), name=name
            )
        return _with_its_backbone(given, backbone)
    name = own_backbone(given) if isinstance(given, str) else DEFAULT_BACKBONE
    loaded = backbone if isinstance(backbone, Backbone) else load_backbone(backbone or name)
    if isinstance(given, str):
        return method_on(given, loaded, **hyper_parameters)
    return _as_method(given(loaded, **hyper_parameters))


def title_of(method: FewShotMethod) -> str:
    """The key of `METHODS` of a method, "automatic", or the name of its class."""
    own = method.head_method if isinstance(method, OnBackbone) else method
    return name_of(method) or type(own).__name__


def _with_its_backbone(
    method: FewShotMethod | HeadMethod, backbone: str | Backbone | None
) -> FewShotMethod:
    own = method.backbone
    if backbone is not None and backbone not in (own, own.name):
        asked = backbone if isinstance(backbone, str) else backbone.name
        raise MedMetaError("backbone-of-another", backbone=own.name, found=asked)
    return _as_method(method)


def _as_method(made: FewShotMethod | HeadMethod) -> FewShotMethod:
    if not hasattr(made, "heads"):
        return made
    return OnBackbone(cast(HeadMethod, made))
