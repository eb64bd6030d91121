"""Hyper-parameters: keyword arguments with the defaults of before, checked, and told."""

from dataclasses import replace
from typing import get_type_hints

import numpy as np
import pytest
import tiny
import torch
from sklearn.linear_model import Ridge as RidgeOfSklearn

from medmeta_core.embedding import load_backbone
from medmeta_core.errors import HyperParameterError
from medmeta_core.methods import METHODS
from medmeta_core.methods.heads import balanced_fold_weights, keep_all
from medmeta_core.methods.hyper_parameters import hyper_parameters
from medmeta_core.methods.maml import Maml
from medmeta_core.methods.prototypical import Prototypical
from medmeta_core.methods.ridge import solve_ridge
from medmeta_core.selection import ALL_METHODS, method_on, prior_of
from medmeta_core.trust.calibration import TemperaturePrior

OF_A_METHOD = [(name, value) for name, one in METHODS.items() for value in one.hyper_parameters]
QUERIES = torch.cat([tiny.stripes(2, 3, seed=90), tiny.stripes(2, 11, seed=91)])
SUPPORT = tiny.support((5, 5, 6))


def another(default: float | None, kind: type, name: str) -> float:
    """A value in the range of a hyper-parameter that is not its default."""
    if get_type_hints(kind)[name] in (int, int | None):
        return 2 if default is None else default + 1
    return 0.4 if default is None else default / 2


@pytest.mark.parametrize(("method", "name"), OF_A_METHOD)
def test_every_hyper_parameter_can_be_chosen_and_is_reported(method: str, name: str) -> None:
    backbone, default = tiny.backbone(), METHODS[method].hyper_parameters[name]
    chosen = another(default, METHODS[method].kind, name)
    few_shot_method = METHODS[method].make(backbone, **{name: chosen})
    assert few_shot_method.settings[name] == chosen
    other = few_shot_method.fit(SUPPORT).scores(QUERIES)
    if method not in ("film", "fine-tuning"):  # which adapt only where that helps
        assert not torch.equal(other, METHODS[method].make(backbone).fit(SUPPORT).scores(QUERIES))


@pytest.mark.parametrize("method", ALL_METHODS)
def test_the_defaults_are_what_nothing_chosen_gives(method: str) -> None:
    chosen = ALL_METHODS[method].hyper_parameters
    with_defaults = method_on(method, tiny.backbone(), **chosen)
    assert dict(with_defaults.settings) == dict(method_on(method, tiny.backbone()).settings)


@pytest.mark.parametrize(
    ("method", "name", "value", "rule"),
    [
        ("ridge", "scale", 0, "a number above 0; found '0'"),
        ("ridge", "scale", float("nan"), "a number above 0; found 'nan'"),
        ("ridge", "scale", float("inf"), "a number above 0; found 'inf'"),
        ("ridge", "scale", 10**400, f"a number above 0; found '1{400 * '0'}'"),
        ("ridge", "scale", "5", "a number above 0; found '5'"),
        ("ridge", "scale", True, "a number above 0; found 'True'"),
        ("ridge", "scale", None, "a number above 0; found 'None'"),
        ("ridge", "penalty", -1.0, "a number above 0, or None; found '-1.0'"),
        ("baseline-plus-plus", "momentum", 1.0, "a number from 0 on, below 1; found '1.0'"),
        ("baseline-plus-plus", "steps", 2.5, "a whole number from 1 on; found '2.5'"),
        ("maml", "inner_steps", 0, "a whole number from 1 on, or None; found '0'"),
    ],
)
def test_a_value_out_of_range_is_refused(method: str, name: str, value: object, rule: str) -> None:
    with pytest.raises(HyperParameterError, match=f": {name} is ") as error:
        METHODS[method].make(tiny.backbone(), **{name: value})  # type: ignore[arg-type]
    assert str(error.value).endswith(f"{name} is {rule}.")
    assert error.value.rule == "hyper-parameter"


@pytest.mark.parametrize(
    ("method", "there_are"),
    [
        ("ridge", "available: scale, penalty."),
        ("relation", "it has none that can be chosen."),
        ("automatic", "it has none that can be chosen."),
    ],
)
def test_an_unknown_one_is_refused_with_the_available_ones(method: str, there_are: str) -> None:
    with pytest.raises(HyperParameterError, match=f"'colour'[;,] {there_are}"):
        method_on(method, tiny.backbone(), colour=1.0)


def test_what_belongs_to_learned_weights_cannot_be_chosen() -> None:
    for method, name in (("matching-fce", "readings"), ("relation", "width")):
        assert name in METHODS[method].make(tiny.backbone()).settings
        with pytest.raises(HyperParameterError):
            METHODS[method].make(tiny.backbone(), **{name: 5})


def test_a_number_of_numpy_is_a_number() -> None:
    few_shot_method = METHODS["maml"].make(
        tiny.backbone(), inner_steps=np.int64(3), inner_rate=np.float64(0.5)
    )
    assert few_shot_method.settings == {"inner_rate": 0.5, "inner_steps": 3}
    assert [type(value) for value in few_shot_method.settings.values()] == [float, int]


def test_a_given_penalty_is_that_of_sklearn() -> None:
    points = torch.randn(9, 20, generator=torch.Generator().manual_seed(0)).double()
    labels = torch.arange(9) % 3
    weights = balanced_fold_weights(labels, keep_all(labels))[0]
    centred = points - weights @ points
    mean_eigenvalue = (weights * centred.square().sum(1)).sum() / 9
    solution = solve_ridge(points, labels, keep_all(labels), penalty=0.25)
    model = RidgeOfSklearn(alpha=0.25 * float(mean_eigenvalue)).fit(
        points.numpy(), torch.nn.functional.one_hot(labels).numpy(), sample_weight=weights.numpy()
    )
    torch.testing.assert_close(solution.weight[0], torch.tensor(model.coef_).T)
    one_each = solve_ridge(points[:3], labels[:3], keep_all(labels[:3]), penalty=0.25)
    assert one_each.weight.isfinite().all()


def test_the_scale_of_prototypes_is_the_backbones_unless_given() -> None:
    backbone = tiny.backbone()
    assert Prototypical(backbone).settings == {"scale": backbone.card.scale}
    assert Prototypical(backbone, scale=2.0).settings == {"scale": 2.0}


@pytest.mark.parametrize("method", ["maml", "anil"])
def test_there_are_as_many_inner_steps_as_learned_rates_unless_a_rate_is_given(method: str) -> None:
    backbone = load_backbone(f"medmeta-conv4-{method}")
    support = tiny.support((2, 2))
    with pytest.raises(HyperParameterError, match="inner_steps must be at most 5, .*; found 6"):
        METHODS[method].make(backbone, inner_steps=6)
    three = METHODS[method].make(backbone, inner_steps=3)
    rates = {name: row[:3] for name, row in backbone.card.inner_rates.items()}
    card = replace(backbone.card, inner_rates=rates, maml={**backbone.card.maml, "steps": 3})
    learned_for_three = METHODS[method].make(replace(backbone, card=card))
    scores = three.fit(support).scores(QUERIES)
    assert torch.equal(scores, learned_for_three.fit(support).scores(QUERIES))
    more = METHODS[method].make(backbone, inner_steps=6, inner_rate=0.01)
    learned = backbone.card.maml["rate"]
    assert more.settings == {
        "inner_rate": 0.01,
        "inner_steps": 6,
        "meta_trained_rate": learned,
        "meta_trained_steps": 5,
    }
    assert three.settings["meta_trained_steps"] == 5
    assert METHODS[method].make(backbone).settings == {"inner_rate": learned, "inner_steps": 5}
    assert more.fit(support).scores(QUERIES).isfinite().all()


def test_a_step_of_maml_has_the_given_size() -> None:
    backbone, support = tiny.backbone(unit_length=False), tiny.support((2, 2))
    one = Maml(backbone, inner_steps=1, inner_rate=0.1).fit(support).head.state_dict()
    two = Maml(backbone, inner_steps=1, inner_rate=0.2).fit(support).head.state_dict()
    for name, value in one.items():  # from zeros
        torch.testing.assert_close(2 * value, two[name])


def test_with_other_hyper_parameters_no_temperature_is_expected_beforehand() -> None:
    """The prior was measured with the defaults."""
    backbone, support = load_backbone("medmeta-resnet18"), tiny.support((6, 6, 6))
    ridge = METHODS["ridge"]
    assert prior_of(ridge.make(backbone, scale=5.0), None, support) != TemperaturePrior()
    assert prior_of(ridge.make(backbone, scale=50.0), None, support) == TemperaturePrior()


def test_a_class_without_any_has_none() -> None:
    assert hyper_parameters(object) == {}
    assert METHODS["relation"].hyper_parameters == {}
