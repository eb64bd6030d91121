"""The examples that lie nearest to an image."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class SimilarCase:
    """An example near an image in the embedding.

    Attributes:
        index: position in the support set.
        condition: the example's condition.
        similarity: cosine in [-1, 1].
    """

    index: int
    condition: str
    similarity: float


def similar_cases(
    embedding: Tensor, examples: Tensor, conditions: list[str], *, n: int = 5
) -> tuple[SimilarCase, ...]:
    """The `n` examples (m, d) most similar to an embedding (d,), nearest first, by cosine.

    `conditions` names the condition of each example.
    """
    cosines = F.normalize(examples, dim=-1) @ F.normalize(embedding, dim=-1)
    nearest = torch.topk(cosines, min(n, len(cosines)))
    return tuple(
        SimilarCase(int(i), conditions[int(i)], float(value))
        for value, i in zip(nearest.values, nearest.indices, strict=True)
    )
