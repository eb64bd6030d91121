"""A store of its own for each test: use cases take it as an argument, none asks the dashboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from medmeta_core.workspace import Store


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store under test; the notes of jobs lie beside it."""
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "home"))
    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()
