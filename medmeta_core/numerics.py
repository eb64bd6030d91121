"""Numerical failures as one sentence for the clinician, not as a crash or a silent NaN."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medmeta_core.errors import NumericalError

FAILURES = (
    torch.linalg.LinAlgError,  # type: ignore[attr-defined]
    np.linalg.LinAlgError,
    FloatingPointError,
    ZeroDivisionError,
    OverflowError,
)
"""What linear algebra and arithmetic raise where a matrix is singular or a number too large."""

Values = TypeVar("Values", Tensor, NDArray[np.float64])


@contextmanager
def numerical_failures() -> Iterator[None]:
    """A context in which a failed computation is a `NumericalError`."""
    try:
        yield
    except FAILURES as error:
        raise NumericalError from error


def finite(values: Values) -> Values:
    """The same values.

    Raises:
        NumericalError: one is infinite or no number.
    """
    is_finite = torch.isfinite(values) if isinstance(values, Tensor) else np.isfinite(values)
    if not bool(is_finite.all()):
        raise NumericalError
    return values
