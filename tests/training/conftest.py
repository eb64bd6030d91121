"""The small data set that trainings run on."""

from pathlib import Path

import pytest
import small_runs

from medmeta_core.training.run import Places


@pytest.fixture()
def root(tmp_path: Path) -> Path:
    return small_runs.write_stripes(tmp_path)


@pytest.fixture()
def places(root: Path) -> Places:
    return Places(root, root / "out", root / "runs")
