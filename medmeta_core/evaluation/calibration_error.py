"""How far stated probabilities are from what comes true."""

import torch
from torch import Tensor

N_BINS = 15


def expected_calibration_error(confidence: Tensor, correct: Tensor) -> float:
    """Mean gap of confidence (n,) and accuracy over bins of confidence, weighted by their size.

    Guo et al. 2017 (arXiv:1706.04599, eq. 3); `correct` (n,) says which answers were right.

    >>> expected_calibration_error(torch.tensor([0.8, 0.8]), torch.tensor([True, False]))
    0.3
    """
    confidences, right = confidence.double(), correct.double()
    bins = (confidences * N_BINS).ceil().long().clamp(1, N_BINS) - 1
    sums = torch.zeros(N_BINS, dtype=torch.float64)
    gaps = sums.index_add(0, bins, confidences) - sums.index_add(0, bins, right)
    return round(float(gaps.abs().sum() / len(confidences)), 6)
