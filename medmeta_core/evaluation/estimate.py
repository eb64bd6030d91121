"""`Estimate`: a mean with its 95 % interval, over episodes or over patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import torch
from torch import Tensor

N_RESAMPLES = 1_000


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(
        cls, values: Sequence[float] | Tensor, *, least: float = 0.0, most: float = 1.0
    ) -> "Estimate":
        """Mean ± 1.96 standard errors, kept within what is possible; all of that for one value.

        Over episodes it says how well the mean over all draws of examples *from these pictures*
        is known; more episodes make it as narrow as one likes.

        >>> Estimate.of([0.5, 0.7]).mean
        0.6
        """
        sample = torch.as_tensor(values, dtype=torch.float64)
        mean = float(sample.mean())
        if len(sample) < 2:
            return cls(mean, least, most)
        half = 1.959964 * float(sample.std()) / sqrt(len(sample))
        return cls(mean, max(least, mean - half), min(most, mean + half))


def over_patients(values: Tensor, weights: Tensor, patients: Tensor) -> Estimate:
    """The weighted mean of values (n,) with the interval over patients (n,) classified.

    Percentile bootstrap (Efron 1979, Ann. Stat. 7:1): whole patients are drawn with replacement,
    with all their pictures in all episodes. It says how the figure would move had *other
    patients* of the same source been classified; more episodes do not make it narrower.
    """
    n_patients = int(patients.max()) + 1
    empty = torch.zeros(n_patients, dtype=torch.float64)
    parts = torch.stack(
        [
            empty.index_add(0, patients, (values * weights).double()),
            empty.index_add(0, patients, weights.double()),
        ],
        1,
    )  # (n_patients, 2)
    top, bottom = (_resamples(n_patients) @ parts).unbind(1)
    resampled_means = (top / bottom)[bottom > 0]
    mean = float(parts[:, 0].sum() / parts[:, 1].sum())
    if n_patients < 2 or len(resampled_means) == 0:
        return Estimate(mean, float("-inf"), float("inf"))
    low, high = torch.quantile(
        resampled_means, torch.tensor([0.025, 0.975], dtype=torch.float64)
    ).tolist()
    return Estimate(mean, low, high)


@lru_cache(maxsize=4)
def _resamples(n_patients: int) -> Tensor:
    """How often each patient is in each resample: (N_RESAMPLES, n_patients), always the same."""
    generator = torch.Generator().manual_seed(n_patients)
    indices = torch.randint(n_patients, (N_RESAMPLES, n_patients), generator=generator)
    counts = torch.zeros(N_RESAMPLES, n_patients, dtype=torch.float64)
    return counts.scatter_add(1, indices, torch.ones_like(counts))
