"""Examples become a support set of embeddings a few at a time; never do all lie in memory whole."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.episodes.labelled_examples import EmbeddedSupport, numbered
from medmeta_core.episodes.patients import identify_patients
from medmeta_core.episodes.pixels import MODEL_SIDE
from medmeta_core.episodes.support_set import same_picture_in_all
from medmeta_core.progress import Progress, silent

N_AT_ONCE = 16


def embed_support(
    squares: Iterable[Tensor],
    names: Sequence[str],
    *,
    patients: Sequence[str | None],
    backbone: Backbone,
    progress: Progress = silent,
) -> EmbeddedSupport:
    """The support set of n squares (3, side, side), with the condition and patient of each.

    Raises:
        SupportSetError: fewer than two conditions, or the same picture in all.
    """
    embedded, first, side, differ = list[Tensor](), None, MODEL_SIDE, False
    for batch in _batches(squares):
        progress(len(embedded) * N_AT_ONCE / max(len(names), 1), "examples")
        pixels = torch.stack(batch)
        first = pixels[:1] if first is None else first
        differ, side = differ or bool((pixels != first).any()), int(pixels.shape[-1])
        embedded.append(backbone.embed_examples(pixels))
    labels, conditions = numbered(names, ())
    support = EmbeddedSupport(
        torch.cat(embedded) if embedded else torch.empty(0, backbone.n_features),
        labels,
        conditions,
        identify_patients(names, patients).ids,
        side,
    )
    if not differ:
        raise same_picture_in_all(len(support))
    return support


def _batches(squares: Iterable[Tensor]) -> Iterator[list[Tensor]]:
    waiting = iter(squares)
    while batch := list(islice(waiting, N_AT_ONCE)):
        yield batch
