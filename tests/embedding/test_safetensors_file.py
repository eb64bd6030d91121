import json
import struct

import pytest
import torch
from safetensors.torch import save

from medmeta_core.embedding.files import safetensors_file
from medmeta_core.embedding.files.safetensors_file import open_weights
from medmeta_core.errors import BackboneError
from medmeta_core.imaging import Upload

GOOD = {"conv.weight": torch.arange(6.0).view(2, 3), "bn.num_batches_tracked": torch.tensor(7)}


def file_of(header: object, tensors: bytes = b"") -> bytes:
    """A file whose header says just this."""
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + tensors


def read_tensors(content: bytes) -> dict[str, torch.Tensor]:
    """All floating tensors of a file."""
    weights = open_weights(Upload("", content))
    return dict(weights.tensors(list(weights.shapes)))


def test_what_was_saved_is_read_in_float32() -> None:
    tensors = read_tensors(save({**GOOD, "half": torch.tensor([0.5]).half()}))
    assert torch.equal(tensors["conv.weight"], GOOD["conv.weight"])
    assert tensors["half"].dtype == torch.float32
    assert "bn.num_batches_tracked" not in tensors


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
HOSTILE = {
    "empty": (b"", "weights-broken"),
    "shorter than a length": (b"\x02\x00", "weights-broken"),
    "truncated header": (save(GOOD)[:20], "weights-broken"),
    "truncated tensors": (save(GOOD)[:-3], "weights-broken"),
    "bytes behind the end": (save(GOOD) + b"more", "weights-broken"),
    "huge header": (struct.pack("<Q", 2**62) + b"{}", "weights-broken"),
    "header of spaces": (struct.pack("<Q", 2**20 + 1) + b" " * (2**20 + 1), "weights-broken"),
    "not JSON": (struct.pack("<Q", 4) + b"{\xff\xfe}", "weights-broken"),
    "deeply nested": (struct.pack("<Q", 200_000) + b"[" * 200_000, "weights-broken"),
    "a list": (file_of([1, 2]), "weights-broken"),
    "offsets beyond the end": (
        file_of({"w": {**ENTRY, "data_offsets": [0, 2**40]}}, bytes(8)),
        "weights-broken",
    ),
    "shape against offsets": (
        file_of({"w": {**ENTRY, "shape": [2**40]}}, bytes(8)),
        "weights-broken",
    ),
    "overlapping tensors": (file_of({"v": ENTRY, "w": ENTRY}, bytes(8)), "weights-broken"),
    "whole numbers": (save({"conv.weight": torch.zeros(2, dtype=torch.int8)}), "weights-kind"),
    "no entry": (file_of({"w": 3}), "weights-broken"),
    "not a number": (save({"w": torch.tensor([1.0, float("nan")])}), "not-finite"),
    "infinite": (save({"w": torch.tensor([float("-inf")])}), "not-finite"),
    "beyond float32": (save({"w": torch.tensor([1e300], dtype=torch.float64)}), "not-finite"),
    "pickle": (b"\x80\x02c__builtin__\nprint\n", "weights-pickled"),
    "a kind of its own": (file_of({"w": {**ENTRY, "dtype": "\x1b[31m"}}, bytes(8)), "weights-kind"),
    "negative shape": (file_of({"w": {**ENTRY, "shape": [-2]}}, bytes(8)), "weights-broken"),
    "a gap": (file_of({"w": {**ENTRY, "data_offsets": [4, 12]}}, bytes(12)), "weights-broken"),
    "too many tensors": (
        file_of({f"w{i}": {**ENTRY, "shape": [0], "data_offsets": [0, 0]} for i in range(9000)}),
        "weights-broken",
    ),
    "zip of torch.save": (b"PK\x03\x04" + bytes(60), "weights-pickled"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_with_its_rule(kind: str) -> None:
    content, rule = HOSTILE[kind]
    with pytest.raises(BackboneError) as refused:
        read_tensors(content)
    assert refused.value.rule == rule


def test_a_file_over_the_limit_is_refused_before_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(safetensors_file, "MAX_BYTES", 2**20)
    with pytest.raises(BackboneError, match="2 MB; at most 1 MB"):
        read_tensors(bytes(2**21))
