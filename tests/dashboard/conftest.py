"""The real pages on a store of their own, with pictures made on the spot."""

import atexit
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime import memory_uploaded_file_manager
from streamlit.testing.v1 import AppTest, local_script_runner
from taught import adapt_to_examples, add_examples

from dashboard.engine import store
from medmeta_core.workspace import AdaptationRecord, Store, Workspace

PAGES = Path(__file__).parents[2] / "dashboard" / "pages.py"
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _uploads_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest uploads a file anew before each run, from what Streamlit's own manager kept of it.

    The server's manager, in place once `dashboard.server` was imported, keeps nothing that can be
    uploaded anew.
    """
    manager = memory_uploaded_file_manager.MemoryUploadedFileManager
    plain = next(kind for kind in manager.__mro__ if kind.__module__.startswith("streamlit."))
    monkeypatch.setattr(local_script_runner, "MemoryUploadedFileManager", plain)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of the pages under test."""
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "home"))
    opened = store()
    yield opened
    atexit.unregister(opened.close)  # by then a test may have damaged it, which would be told


@pytest.fixture
def open_page(here: Store) -> Callable[..., AppTest]:
    """Opens a page as the address would, such as `open_page("examples", w=workspace.id)`."""

    def opened(name: str, **address: str) -> AppTest:
        page = AppTest.from_file(str(PAGES), default_timeout=PATIENCE_SECONDS)
        for key, value in address.items():
            page.query_params[key] = value
        page.run()
        return page if name == "start" else page.switch_page(f"{name}/{name}.py").run()

    return opened


@pytest.fixture
def workspace(here: Store) -> Workspace:
    """Four examples each of two conditions that any network tells apart."""
    workspace = here.create_workspace("Rare eyes")
    add_examples(here, workspace, n=4)
    return workspace


@pytest.fixture
def record(here: Store, workspace: Workspace) -> AdaptationRecord:
    """The adaptation of the prototypical method to the workspace."""
    return adapt_to_examples(here, workspace)


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    """Makes a PNG of noise around a brightness; the same seed makes the same bytes."""

    def png(seed: int, brightness: int = 128) -> bytes:
        noise = np.random.default_rng(seed).integers(-20, 20, (80, 96))
        buffer = BytesIO()
        Image.fromarray(np.clip(noise + brightness, 0, 255).astype(np.uint8)).save(buffer, "PNG")
        return buffer.getvalue()

    return png
