"""The small data set that trainings run on."""

from pathlib import Path

import pytest
import small_runs

from medmeta_core.training import finishing
from medmeta_core.training.run import Places


@pytest.fixture(autouse=True)
def _few_tasks_for_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scale of distances is fitted at the end of every run; here two tasks suffice."""
    monkeypatch.setattr(finishing, "N_SCALE_TASKS", 2)


@pytest.fixture()
def root(tmp_path: Path) -> Path:
    return small_runs.write_stripes(tmp_path)


@pytest.fixture()
def places(root: Path) -> Places:
    return Places(root, root / "out", root / "runs")
