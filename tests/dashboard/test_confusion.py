import numpy as np
import pytest

from dashboard.web.confusion import positions_of
from medmeta_core.trust import CrossValidation

NOT_LEFT_OUT = (np.nan, np.nan)


@pytest.fixture
def left_out() -> CrossValidation:
    """Two of three "a" recognised, the "b" missed, the last one could not be left out."""
    rows = [(0.9, 0.1), (0.2, 0.8), (0.7, 0.3), (0.6, 0.4), NOT_LEFT_OUT]
    labels = np.array([0, 0, 0, 1, 1])
    return CrossValidation(("a", "b"), labels, np.array(rows), n_folds=4, by_patient=False)


@pytest.mark.parametrize(
    ("key", "positions"),
    [("=", [0, 2]), ("≠", [1, 3]), ("0:1", [1]), ("1:0", [3]), ("0:*", [0, 1, 2]), ("1:*", [3])],
)
def test_each_number_counts_these_examples(
    left_out: CrossValidation, key: str, positions: list[int]
) -> None:
    assert positions_of(key, left_out) == positions


def test_the_cells_hold_as_many_examples_as_they_say(left_out: CrossValidation) -> None:
    for row, column in np.ndindex(2, 2):
        cell = positions_of(f"{row}:{column}", left_out)
        assert len(cell) == left_out.confusion[row, column]
