import pytest

from dashboard.shared.number_formats import (
    percent,
    percent_interval,
    probability,
    probability_interval,
)


def test_a_probability_is_never_a_bare_hundred_percent() -> None:
    assert probability(1.0) == ">99 %"
    assert probability(0.0) == "<1 %"
    assert probability_interval((0.0, 1.0)) == "<1–>99 %"


@pytest.mark.parametrize(("share", "expected"), [(0.5, "50 %"), (0.724, "72 %"), (0.0149, "1 %")])
def test_a_probability_in_between_is_rounded(share: float, expected: str) -> None:
    assert probability(share) == expected


def test_counted_things_may_be_all_of_them() -> None:
    assert percent(1.0) == "100 %"
    assert percent_interval((0.5187, 1.0)) == "52–100 %"
