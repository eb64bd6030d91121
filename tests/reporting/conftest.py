"""The reports that every renderer is tried on."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from bone_lesions import bone_report, case_of, left_out_over

from medmeta_core.reporting import ConditionSummary, Report


@pytest.fixture(scope="session")
def report() -> Report:
    return bone_report()


@pytest.fixture(scope="session")
def widened() -> Callable[..., Report]:
    """Makes a report of the given names and number of cases."""

    def make(conditions: tuple[str, ...], *, n_cases: int = 1) -> Report:
        counts = tuple(3 + k % 4 for k in range(len(conditions)))
        return replace(
            bone_report(),
            conditions=tuple(
                ConditionSummary(name, n, None) for name, n in zip(conditions, counts, strict=True)
            ),
            cases=tuple(
                case_of(f"C{k + 1}", conditions, seed=k, sharpness=6) for k in range(n_cases)
            ),
            cross_validation=left_out_over(counts, conditions),
        )

    return make
