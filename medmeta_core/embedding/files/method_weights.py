"""Meta-learned weights of a method, in a file beside the backbone they were learned on."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from medmeta_core.errors import BackboneError

SUFFIX = ".safetensors"

STATED = "stated"
"""Entry of a part's header: to which backbone it belongs, and its own digest."""


class MethodWeightFiles(Mapping[str, Mapping[str, Tensor]]):
    """The parts beside a backbone's card, by name; each is read and checked when asked for.

    The part "relation" of the backbone "small" lies in small.relation.safetensors.

    Raises:
        BackboneError: when asked for a part that was altered, does not belong to these weights
            of the backbone, or holds numbers that are not finite.
    """

    def __init__(self, card_path: Path, backbone_sha256: str) -> None:
        self._card_path, self._backbone_sha256 = card_path, backbone_sha256

    def __getitem__(self, name: str) -> Mapping[str, Tensor]:
        path = part_path(self._card_path, name)
        if not path.is_file():
            raise KeyError(name)
        return _read(path, self._backbone_sha256)

    def __iter__(self) -> Iterator[str]:
        before = f"{self._card_path.stem}."
        for path in sorted(self._card_path.parent.glob(f"{before}*{SUFFIX}")):
            yield path.name[len(before) : -len(SUFFIX)]

    def __len__(self) -> int:
        return sum(1 for _ in self)


def part_path(card_path: Path, name: str) -> Path:
    """Where the part of this name lies."""
    return card_path.with_name(f"{card_path.stem}.{name}{SUFFIX}")


def write_part(card_path: Path, name: str, weights: Mapping[str, Tensor], sha256: str) -> Path:
    """Write a part as float16 beside the card of a backbone whose weights have this `sha256`."""
    path = part_path(card_path, name)
    halved = {key: tensor.detach().half().contiguous() for key, tensor in weights.items()}
    stated = {"backbone_sha256": sha256, "sha256": _digest(halved)}
    # In one entry: safetensors writes several in an order that chance decides.
    path.write_bytes(save(halved, {STATED: json.dumps(stated)}))
    return path


def _read(path: Path, backbone_sha256: str) -> Mapping[str, Tensor]:
    try:
        with safe_open(path, "pt") as file:
            stated = json.loads((file.metadata() or {}).get(STATED, "{}"))
            halved = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError) as error:
        raise BackboneError("part-unreadable", file=path.name) from error
    if not isinstance(stated, dict) or stated.get("sha256") != _digest(halved):
        raise BackboneError("part-altered", file=path.name)
    if stated.get("backbone_sha256") != backbone_sha256:
        raise BackboneError("part-of-another", file=path.name)
    if not all(bool(torch.isfinite(tensor).all()) for tensor in halved.values()):
        raise BackboneError("not-finite", name=path.name)
    return {key: tensor.float() for key, tensor in halved.items()}


def _digest(weights: Mapping[str, Tensor]) -> str:
    hasher = hashlib.sha256()
    for key in sorted(weights):
        hasher.update(f"{key} {tuple(weights[key].shape)}".encode())
        hasher.update(weights[key].contiguous().numpy().tobytes())
    return hasher.hexdigest()
