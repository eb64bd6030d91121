"""Ridge, linear probe and shrinkage against scikit-learn and against the plain formulas."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import Ridge as RidgeOfSklearn
from torch import Tensor

from medmeta_core.methods.heads import balanced_fold_weights, keep_all
from medmeta_core.methods.linear_probe import fit_logistic
from medmeta_core.methods.ridge import LAMBDAS, UNTESTED, solve_ridge
from medmeta_core.methods.shrinkage import MahalanobisHead, shrunk_covariances
from medmeta_core.methods.span import span

LABELS = torch.tensor([0, 0, 0, 0, 1, 1, 2, 2, 2])


def random_points(n_features: int = 20) -> Tensor:
    """Nine examples of three conditions."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(9, n_features, generator=generator, dtype=torch.float64)
    return noise + 2 * torch.nn.functional.one_hot(LABELS, n_features)


def of_sklearn(points: Tensor, weights: Tensor, penalty: float) -> RidgeOfSklearn:
    targets = torch.nn.functional.one_hot(LABELS)
    model = RidgeOfSklearn(alpha=penalty)
    return model.fit(points.numpy(), targets.numpy(), sample_weight=weights.numpy())


@pytest.mark.parametrize("n_features", [3, 20], ids=["few features", "few examples"])
def test_ridge_equals_that_of_sklearn(n_features: int) -> None:
    points, weights = random_points(n_features), balanced_fold_weights(LABELS, keep_all(LABELS))[0]
    solution = solve_ridge(points, LABELS, keep_all(LABELS))
    model = of_sklearn(points, weights, float(solution.penalty))
    torch.testing.assert_close(solution.weight[0], torch.tensor(model.coef_).T)
    torch.testing.assert_close(solution.bias[0], torch.tensor(model.intercept_))


def test_the_leave_one_out_errors_are_those_of_refitting_with_sklearn() -> None:
    points, weights = random_points(), balanced_fold_weights(LABELS, keep_all(LABELS))[0]
    solution = solve_ridge(points, LABELS, keep_all(LABELS))
    targets = torch.nn.functional.one_hot(LABELS).double()
    centred = points - weights @ points
    kernel = weights.sqrt()[:, None] * (centred @ centred.T) * weights.sqrt()
    penalties = LAMBDAS * kernel.trace() / len(points)
    for number in (0, 5, 10):
        errors = torch.zeros(())
        for i in range(len(points)):
            without = weights.clone()
            without[i] = 0
            model = of_sklearn(points, without, float(penalties[number]))
            guess = torch.tensor(model.predict(points[i : i + 1].numpy()))[0]
            errors = errors + weights[i] * (targets[i] - guess).square().sum()
        torch.testing.assert_close(solution.errors[0, number], errors.double())


def test_lambda_is_the_one_of_the_least_leave_one_out_error() -> None:
    solution = solve_ridge(random_points(), LABELS, keep_all(LABELS))
    ratio = solution.penalty / LAMBDAS[solution.errors[0].argmin()]
    rest = solve_ridge(random_points(), LABELS, keep_all(LABELS))
    assert 0 < solution.errors[0].argmin() < len(LAMBDAS) - 1
    torch.testing.assert_close(ratio, rest.penalty / LAMBDAS[rest.errors[0].argmin()])


def test_with_one_example_each_lambda_is_the_fixed_one() -> None:
    points, labels = random_points()[[0, 4, 6]], torch.tensor([0, 1, 2])
    solution = solve_ridge(points, labels, keep_all(labels))
    centred = points - points.mean(0)
    expected = LAMBDAS[UNTESTED] * centred.square().sum() / 9  # weight 1/3 each, of 3 examples
    torch.testing.assert_close(solution.penalty[0], expected)


def test_two_points_by_hand() -> None:
    """At -1 and 1: kernel trace 1, lambda = LAMBDAS / 2, slope 1/2 / (1 + lambda)."""
    labels = torch.tensor([0, 1])
    solution = solve_ridge(torch.tensor([[-1.0], [1.0]]), labels, keep_all(labels))
    slope = 0.5 / (1 + float(LAMBDAS[UNTESTED]) / 2)
    torch.testing.assert_close(solution.weight[0, 0], torch.tensor([-slope, slope]).double())
    assert solution.bias[0].tolist() == pytest.approx([0.5, 0.5])


def test_the_linear_probe_equals_that_of_sklearn() -> None:
    coordinates, _ = span(random_points())
    weights = balanced_fold_weights(LABELS, keep_all(LABELS))
    coefficients = fit_logistic(coordinates, LABELS, weights, penalty=0.003)[0]
    model = LogisticRegression(C=1 / 0.003, tol=1e-10, max_iter=10_000)
    model.fit(coordinates.numpy(), LABELS.numpy(), sample_weight=weights[0].numpy())
    expected = torch.tensor(model.predict_log_proba(coordinates.numpy()))
    logits = coordinates @ coefficients[:-1] + coefficients[-1]
    torch.testing.assert_close(logits.log_softmax(1), expected, atol=1e-4, rtol=1e-4)


def test_the_shrunk_covariance_is_equations_2_and_3_in_all_dimensions() -> None:
    points, labels = random_points(12), LABELS
    coordinates, directions = span(points)
    means, covariances = shrunk_covariances(coordinates, labels, keep_all(labels), ridge=3.0)
    precisions = torch.linalg.inv(covariances[0])
    queries = torch.randn(4, 12, generator=torch.Generator().manual_seed(1)).double()
    distances = MahalanobisHead(directions, means[0], precisions)(queries)

    even = balanced_fold_weights(labels, keep_all(labels))[0]
    mean = even @ points
    away = points - mean
    task = away.T @ (even[:, None] * away) / (1 - even.square().sum())
    floor = 3.0 * task.trace() / (len(points) - 1)
    expected = []
    for k in range(3):
        members, n = points[labels == k], int((labels == k).sum())
        share = n / (n + 1)
        shrunk = share * torch.cov(members.T) + (1 - share) * task + floor * torch.eye(12)
        apart = queries - members.mean(0)
        expected.append(-0.5 * (apart @ torch.linalg.inv(shrunk) * apart).sum(1))
    scores = torch.stack(expected, 1)
    torch.testing.assert_close(distances, scores - scores.mean(1, keepdim=True))


def patients(n: int, kind: str) -> torch.Tensor:
    """The patient of each of n examples: each its own, three each, or unequally many."""
    numbers = torch.arange(n)
    return {"own": numbers, "three": numbers // 3, "unequal": (numbers**1.5 / 9).long()}[kind]


@pytest.mark.parametrize("kind", ["own", "three", "unequal"])
@pytest.mark.parametrize("d", [4, 64])
def test_ridge_without_some_examples_is_ridge_on_the_others(kind: str, d: int) -> None:
    """Each fold as scikit-learn fits it to what is left, weighted, with a free intercept."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(30) % 3
    points = torch.randn(30, d, generator=generator).double() + 2
    of = patients(30, kind)
    keep_masks = torch.stack([of != one for one in of.unique()])
    solution = solve_ridge(points, labels, keep_masks)
    for fold, row in enumerate(keep_masks):
        weights = 1 / (3 * torch.bincount(labels[row])[labels[row]].double())
        expected = RidgeOfSklearn(alpha=float(solution.penalty[fold]), tol=1e-12)
        targets = torch.nn.functional.one_hot(labels).double()[row]
        expected.fit(points[row].numpy(), targets.numpy(), sample_weight=weights.numpy())
        assert np.allclose(solution.weight[fold].T, expected.coef_, atol=1e-8)
        assert np.allclose(solution.bias[fold], expected.intercept_, atol=1e-8)


def test_the_penalty_of_each_fold_is_that_of_its_examples_alone() -> None:
    generator = torch.Generator().manual_seed(1)
    labels, points = torch.arange(24) % 3, torch.randn(24, 6, generator=generator).double()
    keep_masks = ~torch.eye(24, dtype=torch.bool)
    together = solve_ridge(points, labels, keep_masks)
    for fold, row in enumerate(keep_masks):
        all_of_them = torch.ones(1, 23, dtype=torch.bool)
        alone = solve_ridge(points[row], labels[row], all_of_them)
        assert torch.allclose(together.penalty[fold], alone.penalty[0])
        assert torch.allclose(together.errors[fold], alone.errors[0])
        assert torch.allclose(together.weight[fold], alone.weight[0], atol=1e-9)


def test_embeddings_that_are_all_zeros_have_finite_answers() -> None:
    solution = solve_ridge(torch.zeros(6, 4), torch.arange(6) % 2, ~torch.eye(6, dtype=torch.bool))
    assert solution.weight.isfinite().all() and solution.bias.isfinite().all()
