"""What is kept from training, to be looked at along the way: conditions, and patients."""

from math import ceil
from pathlib import Path

import torch
from torch import Tensor

from medmeta_core.training.inputs.base_images import BaseImages


def split(images: BaseImages, *, seed: int) -> tuple[BaseImages, BaseImages | None]:
    """Training and validation pictures; no patient is in both. None where nothing is kept."""
    is_validation = _kept_conditions(images) | _kept_patients(images, seed)
    patients = list(zip(images.set_index.tolist(), images.groups, strict=True))
    theirs = {patients[i] for i in torch.nonzero(is_validation).flatten().tolist()}
    is_validation |= torch.tensor(
        [patient[1] is not None and patient in theirs for patient in patients]
    )
    if not is_validation.any():
        return images, None
    return (
        images.only(torch.nonzero(~is_validation).flatten()),
        images.only(torch.nonzero(is_validation).flatten()),
    )


def _kept_conditions(images: BaseImages) -> Tensor:
    """A mask (n,) of the conditions that the sets name."""
    names = [
        f"{Path(s.folder).name}/{condition}" for s in images.sets for condition in s.validation
    ]
    numbers = torch.tensor([images.conditions.index(name) for name in names], dtype=torch.int64)
    return torch.isin(images.labels, numbers)


def _kept_patients(images: BaseImages, seed: int) -> Tensor:
    """A mask (n,) of a share of each set's patients; a picture without one is its own."""
    mask = torch.zeros(len(images.labels), dtype=torch.bool)
    for number, base_set in enumerate(images.sets):
        if not base_set.validation_share:
            continue
        positions = torch.nonzero(images.set_index == number).flatten().tolist()
        patients = sorted({images.groups[i] or f"\0{i}" for i in positions})
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(patients), generator=generator).tolist()
        chosen = {patients[k] for k in order[: ceil(base_set.validation_share * len(patients))]}
        mask[[i for i in positions if (images.groups[i] or f"\0{i}") in chosen]] = True
    return mask
