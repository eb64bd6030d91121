"""Contests: the best head of each side, on the same episodes."""

from typing import Any

from contests import ONE_VIEW, contests
from rival import RIVAL, RIVALS, WHITENED

from medmeta_core.embedding import DEFAULT_BACKBONE


def row(backbone: str, method: str, values: list[int], **facts: Any) -> dict[str, Any]:
    """Figures of a backbone under a head, of two episodes unless said otherwise."""
    mean = sum(values) / len(values) / 10_000
    content = {"set": "wbc_zheng", "shot": 5, "backbone": backbone, "method": method}
    balanced = {"mean": mean, "low": mean, "high": mean}
    return content | {"n_episodes": len(values), "episodes": values, "balanced": balanced} | facts


ROWS = [
    row(DEFAULT_BACKBONE, "ridge", [7000, 8000]),
    row(DEFAULT_BACKBONE, "prototypical", [6000, 7000]),
    row(DEFAULT_BACKBONE, "automatic", [9900, 9900]),
    row(RIVAL, "ridge", [6000, 6000]),
    row(RIVAL, "matching", [5000, 5000]),
    row(WHITENED, "prototypical", [6500, 7000]),
    row(RIVALS[3][0], "ridge", [7000, 7000]),
]


def test_the_best_head_and_centring_of_either_side_take_part() -> None:
    best, one_view = contests(ROWS, {"wbc_zheng"}, {})
    assert best["ours"] == {"backbone": DEFAULT_BACKBONE, "method": "ridge"}
    assert best["rival"] == {"backbone": RIVALS[3][0], "method": "ridge"}
    assert one_view["rival"] == {"backbone": WHITENED, "method": "prototypical"}


def test_the_difference_is_taken_episode_by_episode() -> None:
    best, one_view = contests(ROWS, {"wbc_zheng"}, {})
    assert best["sets"][0]["difference"]["mean"] == 0.05
    assert round(one_view["sets"][0]["difference"]["mean"], 6) == 0.075


def test_sets_that_decide_stand_beside_those_that_came_later() -> None:
    later = [
        row(DEFAULT_BACKBONE, "ridge", [5000, 5000], set="later"),
        row(RIVALS[3][0], "ridge", [6000, 6000], set="later"),
        row(DEFAULT_BACKBONE, "ridge", [9000, 9000], set="seen"),
        row(RIVALS[3][0], "ridge", [1000, 1000], set="seen"),
    ]
    best = contests([*ROWS, *later], {"wbc_zheng", "later"}, {})[0]
    means = {mean["among"]: mean for mean in best["means"]}
    assert means["deciding"]["difference"]["mean"] == 0.05
    assert means["deciding"]["n_sets"] == 1
    assert round(means["later"]["difference"]["mean"], 6) == -0.1
    assert means["later"]["n_sets"] == 1


def test_a_contest_without_its_backbones_is_left_out() -> None:
    titles = [one["title"] for one in contests(ROWS, {"wbc_zheng"}, {})]
    assert "One view each" not in titles
    with_it = contests([*ROWS, row(ONE_VIEW, "ridge", [5000, 5000])], {"wbc_zheng"}, {})
    assert with_it[-1]["title"] == "One view each"
