"""The contract of `FewShotMethod`, for every method on offer."""

import pytest
import tiny
import torch

from medmeta_core.episodes import SupportSet
from medmeta_core.methods import METHODS, FewShotMethod


@pytest.fixture(params=list(METHODS))
def method(request: pytest.FixtureRequest) -> FewShotMethod:
    return METHODS[request.param].make(tiny.backbone())


QUERIES = torch.cat([tiny.stripes(2, 3, seed=90), tiny.stripes(2, 11, seed=91)])


def test_the_probabilities_of_an_image_sum_to_one(method: FewShotMethod) -> None:
    rows = method.fit(tiny.support()).predict_proba(QUERIES).sum(1)
    torch.testing.assert_close(rows, torch.ones(4, dtype=torch.float64))


def test_softmax_of_the_network_is_the_probability(method: FewShotMethod) -> None:
    classifier = method.fit(tiny.support())
    by_network = classifier.network(QUERIES).double().softmax(-1)
    torch.testing.assert_close(classifier.predict_proba(QUERIES), by_network, atol=1e-5, rtol=0)


def test_the_same_query_twice_gives_the_same_answer(method: FewShotMethod) -> None:
    classifier = method.fit(tiny.support())
    first, second = classifier.predict_proba(QUERIES), classifier.predict_proba(QUERIES)
    assert torch.equal(first, second)


def test_fitting_twice_gives_equal_classifiers(method: FewShotMethod) -> None:
    answers = [method.fit(tiny.support()).scores(QUERIES) for _ in range(2)]
    assert torch.equal(answers[0], answers[1])


def test_an_image_is_classified_alone(method: FewShotMethod) -> None:
    classifier = method.fit(tiny.support())
    together = classifier.network(QUERIES)
    alone = torch.cat([classifier.network(query[None]) for query in QUERIES])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_the_order_of_the_examples_does_not_matter(method: FewShotMethod) -> None:
    support = tiny.support()
    order = torch.randperm(len(support), generator=torch.Generator().manual_seed(3))
    shuffled = SupportSet(support.pixels[order], support.labels[order], support.conditions)
    torch.testing.assert_close(
        method.fit(support).scores(QUERIES),
        method.fit(shuffled).scores(QUERIES),
        atol=1e-3,
        rtol=1e-3,
    )


def test_the_order_of_the_conditions_does_not_matter(method: FewShotMethod) -> None:
    support = tiny.support()
    reversed_names = SupportSet(support.pixels, 2 - support.labels, support.conditions[::-1])
    torch.testing.assert_close(
        method.fit(support).scores(QUERIES),
        method.fit(reversed_names).scores(QUERIES).flip(1),
        atol=1e-3,
        rtol=1e-3,
    )


def test_one_example_per_condition_works(method: FewShotMethod) -> None:
    assert method.fit(tiny.support((1, 1))).predict_proba(QUERIES).isfinite().all()


def test_conditions_of_unequal_size_work(method: FewShotMethod) -> None:
    assert method.fit(tiny.support((1, 7, 2))).predict_proba(QUERIES).isfinite().all()


def test_scores_are_differentiable_with_respect_to_the_pixels(method: FewShotMethod) -> None:
    pixels = QUERIES.clone().requires_grad_()
    method.fit(tiny.support()).network(pixels).square().sum().backward()
    assert pixels.grad is not None
    assert pixels.grad.abs().sum() > 0


def test_fitting_changes_nothing_of_the_backbone() -> None:
    backbone = tiny.backbone()
    before = {name: value.clone() for name, value in backbone.network.state_dict().items()}
    for entry in METHODS.values():
        entry.make(backbone).fit(tiny.support())
    for name, value in backbone.network.state_dict().items():
        assert torch.equal(before[name], value)


def test_fit_each_equals_fit_on_the_kept_examples(method: FewShotMethod) -> None:
    support = tiny.support()
    keep_masks = torch.ones(2, len(support), dtype=torch.bool)
    keep_masks[0, 0] = keep_masks[1, 5] = False
    for row, classifier in zip(keep_masks, method.fit_each(support, keep_masks), strict=True):
        expected = method.fit(support.subset(row)).scores(QUERIES)
        torch.testing.assert_close(classifier.scores(QUERIES), expected, atol=1e-5, rtol=1e-5)


def test_clear_stripes_are_distinguished(method: FewShotMethod) -> None:
    classifier = method.fit(tiny.support((5, 5, 5)))
    queries = torch.cat([tiny.stripes(4, 3 + 4 * k, seed=70 + k) for k in range(3)])
    answers = classifier.predict_proba(queries).argmax(1)
    assert (answers == torch.repeat_interleave(torch.arange(3), 4)).double().mean() >= 0.75
