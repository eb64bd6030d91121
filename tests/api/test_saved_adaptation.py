"""A saved adaptation answers to the bit as before; damaged and hostile files are refused."""

import copy
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from safetensors import safe_open
from torch import Tensor, nn

import medmeta_core as mm
from medmeta_core.api.saved import read_adaptation, write_adaptation
from medmeta_core.api.saved.sealed_file import seal, unseal
from medmeta_core.embedding import Backbone
from medmeta_core.errors import AdaptationFileError, BackboneError, MedMetaError
from medmeta_core.methods import METHODS
from medmeta_core.methods.heads import LinearHead

QUERIES = torch.cat([tiny.stripes(2, 3, seed=90), tiny.stripes(2, 11, seed=91)])
BACKBONE = tiny.backbone()
PATIENTS = ("Smith", "Smith", None, "Jones", None, None, None, "Lee", "Lee", None)


def adapted(method: Any = "ridge", backbone: Backbone | None = None) -> mm.AdaptedClassifier:
    plain = tiny.support((5, 5))
    support = mm.SupportSet(plain.pixels, plain.labels, plain.conditions, PATIENTS)
    return mm.adapt(support, method, backbone or BACKBONE)


def same_answers(one: mm.AdaptedClassifier, other: mm.AdaptedClassifier) -> bool:
    """Whether all that is said of the queries is equal, heat maps to the bit."""
    explained = [
        (one.explain(query).explanation, other.explain(query).explanation) for query in QUERIES
    ]
    are_same = all(
        a is not None and b is not None and np.array_equal(a.heat_map, b.heat_map)
        for a, b in explained
    )
    return are_same and one.predict(QUERIES) == other.predict(QUERIES)


@pytest.mark.parametrize("method", [*METHODS, "automatic"])
def test_every_method_comes_back_to_the_bit(method: str, tmp_path: Path) -> None:
    before = adapted(method)
    before.save(tmp_path / "a.medmeta")
    after = mm.load(tmp_path / "a.medmeta", backbone=BACKBONE)
    assert same_answers(before, after)
    assert after.method == before.method
    assert dict(after.settings) == dict(before.settings)
    assert after.cross_validation.n_folds == before.cross_validation.n_folds
    assert np.array_equal(
        after.cross_validation.probabilities, before.cross_validation.probabilities, equal_nan=True
    )
    assert write_adaptation(after) == (tmp_path / "a.medmeta").read_bytes()


def test_weights_that_a_method_moved_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(  # all rates win, so that fine-tuning moves the weights
        "medmeta_core.methods.gated_adaptation.GatedAdaptation._gains", lambda *_: {0.02: 1.0}
    )
    before = adapted("fine-tuning")
    assert before.classifier.embed != BACKBONE.embed
    after = read_adaptation(write_adaptation(before), backbone=BACKBONE)
    assert torch.equal(after.classifier.scores(QUERIES), before.classifier.scores(QUERIES))
    assert [refit.scores(QUERIES).tolist() for refit in after.refits] == [
        refit.scores(QUERIES).tolist() for refit in before.refits
    ]


def test_the_shipped_backbone_is_taken_by_its_name(tmp_path: Path) -> None:
    support = tiny.support((3, 3))
    before = mm.adapt(support, "prototypical")
    before.save(tmp_path / "a.medmeta")
    assert mm.load(tmp_path / "a.medmeta").predict(QUERIES[:1]) == before.predict(QUERIES[:1])


def test_hyper_parameters_and_method_come_back() -> None:
    before = mm.adapt(tiny.support((4, 4)), "ridge", BACKBONE, penalty=0.25, scale=7)
    after = read_adaptation(write_adaptation(before), backbone=BACKBONE)
    assert after.few_shot_method == before.few_shot_method
    assert after.settings["penalty"] == 0.25


def test_the_file_is_safetensors_and_names_no_patient(tmp_path: Path) -> None:
    path = tmp_path / "a.medmeta"
    adapted().save(path)
    with safe_open(path, "pt") as file:
        assert set(file.metadata()) == {"medmeta.adaptation"}
        assert all(file.get_tensor(name).isfinite().all() for name in file.keys())  # noqa: SIM118
    content = path.read_bytes()
    assert not any(name in content for name in (b"Smith", b"Jones", b"Lee"))
    after = mm.load(path, backbone=BACKBONE)
    assert after.support.patient_ids() == adapted().support.patient_ids()
    assert after.cross_validation.by_patient


class Pixels(nn.Module):
    """A module of the user's own."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.conv = nn.Conv2d(3, 8, 8, 8)

    def forward(self, pixels: Tensor) -> Tensor:
        maps: Tensor = self.conv(pixels).relu()
        return maps


def own(seed: int) -> Backbone:
    statistics: dict[str, Any] = {"mean": (0.5, 0.5, 0.5), "std": (0.2, 0.2, 0.2)}
    return Backbone.from_module(Pixels(seed), input_side=32, name="mine", **statistics)


def test_a_module_of_ones_own_is_handed_over_or_stored(tmp_path: Path) -> None:
    before, path = adapted("ridge", own(1)), tmp_path / "a.medmeta"
    before.save(path)
    with pytest.raises(AdaptationFileError) as caught:
        mm.load(path)
    assert caught.value.rule == "adaptation-module"
    assert same_answers(before, mm.load(path, backbone=own(1)))
    with pytest.raises(AdaptationFileError) as caught:
        mm.load(path, backbone=own(2))
    assert caught.value.rule == "adaptation-backbone"
    before.save(path, with_backbone=True)
    assert same_answers(before, mm.load(path, backbone=own(2)))


def test_other_weights_of_the_backbone_are_refused() -> None:
    content = write_adaptation(adapted())
    other = replace(BACKBONE, card=replace(BACKBONE.card, sha256="1" * 64))
    with pytest.raises(AdaptationFileError) as caught:
        read_adaptation(content, backbone=other)
    assert caught.value.rule == "adaptation-backbone"
    with pytest.raises(BackboneError):
        read_adaptation(content)  # nobody has a backbone called "tiny"


class OwnHead(nn.Module):
    def forward(self, embeddings: Tensor) -> Tensor:
        return embeddings[:, :2]


class OwnMethod:
    """A method of the user's own with heads of a given class."""

    settings: dict[str, float] = {}

    def __init__(self, backbone: Backbone, head: nn.Module) -> None:
        self.backbone, self.head = backbone, head

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[nn.Module]:
        yield from (copy.deepcopy(self.head) for _ in keep_masks)


def test_a_method_of_ones_own_is_saved_where_its_heads_have_a_form() -> None:
    torch.manual_seed(0)
    head = LinearHead(torch.randn(BACKBONE.n_features, 2), torch.zeros(2))
    before = adapted(OwnMethod(BACKBONE, head))
    after = read_adaptation(write_adaptation(before), backbone=BACKBONE)
    assert torch.equal(after.classifier.scores(QUERIES), before.classifier.scores(QUERIES))
    with pytest.raises(AdaptationFileError) as caught:
        after.few_shot_method.fit(tiny.support())
    assert caught.value.rule == "adaptation-method"
    with pytest.raises(AdaptationFileError, match="OwnHead"):
        write_adaptation(adapted(OwnMethod(BACKBONE, OwnHead())))


CONTENT = write_adaptation(adapted())


def refusal(content: bytes) -> str:
    with pytest.raises(AdaptationFileError) as caught:
        read_adaptation(content, backbone=BACKBONE)
    return caught.value.rule


def test_a_flipped_byte_anywhere_is_refused() -> None:
    n_header = 8 + int.from_bytes(CONTENT[:8], "little")
    chance = random.Random(0)
    places = {*range(0, 160), *chance.sample(range(n_header), 150)}
    places |= {n_header - 1, n_header, len(CONTENT) - 1, *chance.sample(range(len(CONTENT)), 150)}
    for place in sorted(places):
        altered = bytearray(CONTENT)
        altered[place] ^= chance.randrange(1, 256)
        assert refusal(bytes(altered)) in {"adaptation-altered", "adaptation-file"}


@pytest.mark.parametrize("n", [0, 7, 8, 60, 200, len(CONTENT) // 2, len(CONTENT) - 1])
def test_a_file_that_is_cut_off_is_refused(n: int) -> None:
    assert refusal(CONTENT[:n]) in {"adaptation-altered", "adaptation-file"}


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"PK\x03\x04", b"{}", CONTENT + b"\0"])
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    assert refusal(content) in {"adaptation-altered", "adaptation-file"}


def resealed(document: Any, tensors: dict[str, Tensor] | None = None) -> bytes:
    """A file of this document, with the right digest."""
    keep_masks = dict(unseal(CONTENT).tensors) if tensors is None else tensors
    return seal(document if isinstance(document, str) else json.dumps(document), keep_masks)


def document() -> Any:
    return json.loads(unseal(CONTENT).document)


def test_another_version_is_told() -> None:
    assert refusal(resealed(document() | {"version": 2})) == "adaptation-version"


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where values stand in a document; of long lists the first two and the last."""
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from places_of(value[key], (*path, key))
    if isinstance(value, list):
        for i in {0, 1, len(value) - 1} & set(range(len(value))):
            yield from places_of(value[i], (*path, i))


HOSTILE: tuple[Any, ...] = (
    *(None, True, -1, 2**40, 10**400, 1e308, "", "x" * 500, "os.system", "t0", "t999999"),
    *([], {}, [[]], [[[[]]]], {"kind": "sequence"}),
)


def mutations() -> Iterator[Any]:
    """Documents with one value left out, or another in its place."""
    whole, chance = document(), random.Random(1)
    for path in places_of(whole):
        for value in (..., *chance.sample(HOSTILE, 4)):
            altered = copy.deepcopy(whole)
            parent = altered
            for step in path[:-1]:
                parent = parent[step]
            if value is ...:
                del parent[path[-1]]
            else:
                parent[path[-1]] = value
            yield altered


def test_a_document_with_any_other_value_is_refused_or_harmless() -> None:
    """Hundreds of altered documents whose digest is right: nothing but a refusal comes out."""
    n, n_refused = 0, 0
    for altered in mutations():
        n += 1
        try:
            adaptation = read_adaptation(resealed(altered), backbone=BACKBONE)
        except MedMetaError:
            n_refused += 1
            continue
        scores = adaptation.classifier.scores(QUERIES[:1])
        assert scores.shape == (1, 2)
        assert scores.isfinite().all()
    assert n > 500
    assert n_refused > 0.7 * n


def test_deep_trees_and_deep_json_are_refused() -> None:
    deep: dict[str, Any] = {"kind": "tempered", "numbers": {"temperature": 1.0}}
    for _ in range(20):
        deep = {"kind": "sequence", "children": {"0": deep}}
    altered = document()
    altered["classifier"]["head"] = deep
    assert refusal(resealed(altered)) == "adaptation-content"
    assert refusal(resealed("[" * 100_000 + "]" * 100_000)) == "adaptation-content"
    assert refusal(resealed('{"version":' * 50_000)) == "adaptation-content"


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in ("t0", "t1") for kind in ("shape", "dtype", "nan", "missing")],
)
def test_tensors_of_another_size_or_kind_are_refused(name: str, kind: str) -> None:
    tensors = {key: value.clone() for key, value in unseal(CONTENT).tensors.items()}
    made = {
        "shape": lambda one: one.flatten()[:-1],
        "dtype": lambda one: one.bool(),
        "nan": lambda one: one.fill_(float("nan")),
    }
    if kind == "missing":
        del tensors[name]
    else:
        tensors[name] = made[kind](tensors[name])
    assert refusal(resealed(document(), tensors)) == "adaptation-content"


def with_header(**changes: Any) -> bytes:
    """The file with entries of its header changed by hand, and the right digest."""
    n = int.from_bytes(CONTENT[:8], "little")
    header = json.loads(CONTENT[8 : 8 + n]) | changes
    text = json.dumps(header, separators=(",", ":")).encode()
    blank = len(text).to_bytes(8, "little") + text + CONTENT[8 + n :]
    at = 8 + len(b'{"__metadata__":{"medmeta.adaptation":"sha256:')
    zeros = blank[:at] + b"0" * 64 + blank[at + 64 :]
    digest = hashlib.sha256(zeros).hexdigest().encode()
    return zeros[:at] + digest + zeros[at + 64 :]


def test_a_header_changed_by_hand_with_its_right_digest_is_read() -> None:
    read_adaptation(with_header(), backbone=BACKBONE)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2**62], "data_offsets": [0, 2**64]},
        {"dtype": "F32", "shape": [0, 2**47], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0]},
        {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]},
        {"dtype": "U8", "shape": [1] * 9, "data_offsets": [0, 1]},
        {"dtype": ["F32"], "shape": "1", "data_offsets": {}},
        {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [True], "data_offsets": [0, 4], "more": 1},
        None,
        [],
        "t0",
    ],
)
@pytest.mark.parametrize("name", ["t0", "t777", "../evil", ""])
def test_a_hostile_header_is_refused(name: str, entry: Any) -> None:
    assert refusal(with_header(**{name: entry})) == "adaptation-content"
