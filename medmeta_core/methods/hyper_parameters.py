"""Hyper-parameters: keyword arguments of a method's class, each with a default and a range."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from math import isfinite
from numbers import Real
from typing import Any

from medmeta_core.errors import HyperParameterError

RANGE = "range"
"""Under which entry of a field's metadata its range stands: a key of `RANGES`."""

OR_NONE = "-or-none"
"""Ends the name of a range where None is allowed too: what the method or its backbone says."""

RANGES: Mapping[str, Callable[[float], bool]] = {
    "positive": lambda value: value > 0,
    "share": lambda value: 0 <= value < 1,
    "count": lambda value: value >= 1 and value.is_integer(),
}
"""What a number of each range is; the words for them are the codes "range" of the messages."""


def hyper_parameter(default: float | None, allowed: str) -> Any:
    """A field of a method's dataclass: a hyper-parameter with its default and its range.

    Args:
        default: None where the method or its backbone says it unless the user does.
        allowed: a key of `RANGES`.
    """
    name = allowed + OR_NONE if default is None else allowed
    return field(default=default, metadata={RANGE: name})


def hyper_parameters(kind: type) -> Mapping[str, float | None]:
    """The hyper-parameters of a class of methods by name, with their defaults."""
    return {name: default for name, (_, default) in _declared(kind).items()}


def check_hyper_parameters(method: object) -> None:
    """Check the hyper-parameters of a method that is being made; numbers become plain ones.

    Raises:
        HyperParameterError: a value is out of range.
    """
    for name, (allowed, _) in _declared(type(method)).items():
        value = getattr(method, name)
        if value is None and allowed.endswith(OR_NONE):
            continue
        kind = allowed.removesuffix(OR_NONE)
        if not _is_finite(value) or not RANGES[kind](float(value)):
            title, text = type(method).__name__, str(value)
            raise HyperParameterError(
                "hyper-parameter", method=title, name=name, range=allowed, found=text
            )
        # A NumPy number cannot be written as JSON.
        object.__setattr__(method, name, int(value) if kind == "count" else float(value))


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def hyper_parameters_of(method: object) -> dict[str, float]:
    """The hyper-parameters of a method by name, without those that are None."""
    values = {name: getattr(method, name) for name in _declared(type(method))}
    return {name: value for name, value in values.items() if value is not None}


def has_default_hyper_parameters(method: object) -> bool:
    """Whether every hyper-parameter of a method has its default."""
    declared = _declared(type(method)).items()
    return all(getattr(method, name) == default for name, (_, default) in declared)


def _declared(kind: type) -> dict[str, tuple[str, float | None]]:
    declared = fields(kind) if hasattr(kind, "__dataclass_fields__") else ()
    return {
        one.name: (one.metadata[RANGE], None if one.default is MISSING else one.default)
        for one in declared
        if RANGE in one.metadata
    }
