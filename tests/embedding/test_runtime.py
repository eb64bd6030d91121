"""The fast engines against the network itself in float32, and what happens without them."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import tiny
import torch
from torch import Tensor

from medmeta_core.analysis import NEAR_TIE
from medmeta_core.datasets import LabelledSet, read_labelled_set
from medmeta_core.demo import demo_sets
from medmeta_core.embedding import Backbone, load_backbone
from medmeta_core.embedding.cache import FeatureCache
from medmeta_core.embedding.inference import openvino as by_openvino
from medmeta_core.embedding.inference.engine import Engine, fused, reference
from medmeta_core.embedding.inference.openvino import openvino_engine
from medmeta_core.embedding.inference.runtime import agrees, fastest_engine, probes
from medmeta_core.methods import OnBackbone, Prototypical
from medmeta_core.paths import assets_folder
from medmeta_core.trust import leave_one_out

NETWORK = tiny.backbone().network
ENGINES: dict[str, Callable[[], Engine]] = {
    "openvino float32": partial(openvino_engine, NETWORK, "float32"),
    "openvino bfloat16": partial(openvino_engine, NETWORK, "bfloat16"),
    "torch float32": partial(fused, NETWORK, "float32"),
    "torch bfloat16": partial(fused, NETWORK, "bfloat16"),
}


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param.startswith("openvino"):
        pytest.importorskip("openvino", reason="OpenVINO is not installed")
    return ENGINES[request.param]()


def test_an_engine_gives_the_networks_features(engine: Engine) -> None:
    pictures = tiny.stripes(5, 7, seed=2)
    expected = NETWORK.pooled(pictures)
    allowed = 1e-4 if engine.precision == "float32" else 0.03
    features = engine.features(pictures)
    assert (features - expected).norm() <= allowed * expected.norm()
    assert agrees(engine, NETWORK)


def test_an_engine_classifies_a_picture_alone(engine: Engine) -> None:
    pictures = tiny.stripes(7, 5, seed=3)
    alone = torch.cat([engine.features(picture[None]) for picture in pictures])
    torch.testing.assert_close(engine.features(pictures), alone, atol=1e-5, rtol=1e-5)


def test_threads_do_not_disturb_each_other(engine: Engine) -> None:
    pictures = [tiny.stripes(3, 3 + k, seed=k) for k in range(12)]
    expected = [engine.features(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        for actual, reference in zip(threads.map(engine.features, pictures), expected, strict=True):
            torch.testing.assert_close(actual, reference, atol=1e-5, rtol=1e-5)


def test_an_engine_that_decides_otherwise_is_refused() -> None:
    def shuffled(pixels: Tensor) -> Tensor:
        return NETWORK.pooled(pixels.flip(0))

    def unfinished(pixels: Tensor) -> Tensor:
        return torch.full_like(NETWORK.pooled(pixels), torch.nan)

    assert agrees(reference(NETWORK), NETWORK)
    assert not agrees(Engine("shuffled", "float32", shuffled), NETWORK)
    assert not agrees(Engine("unfinished", "float32", unfinished), NETWORK)


def test_without_openvino_torch_embeds(monkeypatch: pytest.MonkeyPatch) -> None:
    by_openvino._core.cache_clear()
    monkeypatch.setitem(sys.modules, "openvino", None)
    try:
        backbone = fastest_engine(NETWORK)
    finally:
        by_openvino._core.cache_clear()
    assert backbone.name == "torch"
    assert agrees(backbone, NETWORK)


def test_openvino_is_taken_where_it_is_installed() -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    assert fastest_engine(NETWORK).name == "openvino"


def test_probes_are_pictures_that_differ() -> None:
    pictures = probes(32)
    assert pictures.min() >= 0 and pictures.max() <= 1
    assert torch.cdist(pictures.flatten(1), pictures.flatten(1)).fill_diagonal_(9).min() > 1


def test_the_shipped_backbone_decides_as_in_float32_but_where_analyse_asks_again() -> None:
    fast = load_backbone()
    exact = replace(fast, runtime=None, _memory=FeatureCache())
    assert fast.runtime is not None
    for demo in demo_sets(assets_folder()):
        examples = read_labelled_set(demo.examples, side=fast.card.input_side)
        probabilities = [_left_out(backbone, examples) for backbone in (fast, exact)]
        first, second = probabilities[0].topk(2).values.T
        is_clear = first - second >= NEAR_TIE
        assert is_clear.double().mean() > 0.8
        assert torch.equal(
            probabilities[0].argmax(1)[is_clear], probabilities[1].argmax(1)[is_clear]
        )
        torch.testing.assert_close(probabilities[0], probabilities[1], atol=0.02, rtol=0)


def test_examples_are_embedded_in_float32_also_when_they_were_seen_before() -> None:
    fast = replace(load_backbone(), _memory=FeatureCache())
    pictures = probes(fast.card.input_side)
    fast.embed(pictures)
    with torch.inference_mode():
        expected = fast.network(pictures)
    torch.testing.assert_close(fast.embed_examples(pictures), expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(fast.embed(pictures), expected, atol=1e-4, rtol=0)


def _left_out(backbone: Backbone, examples: LabelledSet) -> Tensor:
    """Probabilities of each example when it is left out."""
    everything = torch.arange(len(examples.labels))
    conditions = torch.arange(len(examples.conditions))
    support = examples.support(everything, examples.labels, conditions)
    figures = leave_one_out(OnBackbone(Prototypical(backbone)), support).figures
    return torch.from_numpy(figures.probabilities)


CHECK = """
import sys
calls = []
sys.addaudithook(lambda event, given: event.startswith("socket.") and calls.append(event))
import tiny
from medmeta_core.embedding.inference.runtime import fastest_engine
engine = fastest_engine(tiny.backbone().network)
assert engine.name == "openvino", engine
assert not any(name.startswith("openvino_telemetry.") for name in sys.modules)
assert not calls, calls
"""


def test_openvino_sends_nothing_and_leaves_nothing_at_home(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    paths = os.pathsep.join([str(Path(tiny.__file__).parent), str(Path.cwd())])
    surroundings = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", CHECK], env=surroundings, check=True, timeout=120)
    assert list(tmp_path.iterdir()) == []
