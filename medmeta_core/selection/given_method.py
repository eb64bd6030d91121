"""A method as a caller hands it over: its name, an object, or what makes one of a backbone."""

from collections.abc import Callable
from typing import cast

from medmeta_core.embedding import DEFAULT_BACKBONE, Backbone, load_backbone
from medmeta_core.errors import HyperParameterError, MedMetaError
from medmeta_core.methods import FewShotMethod, HeadMethod, OnBackbone
from medmeta_core.selection.catalogue import default_backbone_of, method_on, name_of

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
