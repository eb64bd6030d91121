"""Workspaces with examples and cases, and pages that are run until their jobs have ended."""

import json
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from medmeta_core.casework import Choice, start_adapting
from medmeta_core.imaging import read_image
from medmeta_core.methods import METHODS
from medmeta_core.workspace import AdaptationRecord, NewImage, Role, Store, StoredImage, Workspace

KINDS = {"dark": 40, "bright": 215}
"""Conditions that any network tells apart, with their mean brightness."""

PATIENCE_SECONDS = 120


def picture_bytes(seed: int, brightness: int) -> bytes:
    """A PNG of noise around a brightness; the same seed makes the same bytes."""
    noise = np.random.default_rng(seed).integers(-25, 25, (72, 96))
    buffer = BytesIO()
    Image.fromarray(np.clip(noise + brightness, 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def add_examples(
    here: Store, workspace: Workspace, *, n: int = 3, kinds: Mapping[str, int] = KINDS
) -> list[StoredImage]:
    """`n` examples of each kind."""
    return here.add_images(
        workspace.id,
        [
            NewImage(
                read_image(picture_bytes(100 * brightness + k, brightness)),
                f"{name} {k}.png",
                Role.EXAMPLE,
                name,
            )
            for name, brightness in kinds.items()
            for k in range(n)
        ],
    )


def add_cases(here: Store, workspace: Workspace, *brightness: int) -> list[StoredImage]:
    """A case of each brightness."""
    return here.add_images(
        workspace.id,
        [
            NewImage(read_image(picture_bytes(7 + k, value)), f"Mr Smith {k}.png", Role.CASE)
            for k, value in enumerate(brightness)
        ],
    )


def adapt_to_examples(
    here: Store, workspace: Workspace, method: str = "prototypical"
) -> AdaptationRecord:
    """The adaptation of a method with its own backbone, saved."""
    job = start_adapting(here, workspace.id, [Choice(method, METHODS[method].backbone)])
    assert job.wait(120), job.message
    assert job.state == "done", job.error
    return here.adaptations(workspace.id)[-1]


def run_until_done(page: AppTest) -> AppTest:
    """The page after all of its jobs have ended; it shows no exception and no incident."""
    patience_ends = time.monotonic() + PATIENCE_SECONDS
    while any((button.key or "").startswith("stop-") for button in page.button):
        assert time.monotonic() < patience_ends, "a job is still running"
        time.sleep(0.05)
        page.run()
    assert not page.exception
    assert not page.error, [error.value for error in page.error]
    return page


def verdict_widget(page: AppTest, part: str) -> Any:
    """The "decision", the "condition" or the "comment" of the verdict on screen."""
    widgets = [*page.button_group, *page.selectbox, *page.text_input]
    (match,) = [one for one in widgets if (one.key or "").startswith(f"verdict-{part}-")]
    return match


def keys_of(page: AppTest) -> set[str | None]:
    """Keys of the buttons on the page."""
    return {button.key for button in page.button}


def page_text(page: AppTest) -> str:
    """All words in the page's own texts."""
    parts = [*page.title, *page.subheader, *page.markdown, *page.caption, *page.info, *page.warning]
    return "\n".join(part.value for part in parts)


def home_of(here: Store) -> Path:
    return Path(here.blobs._folder).parent


def lose(home: Path, key: str, **again: object) -> Path:
    """The note of a job whose server was killed."""
    folder = home / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{len(list(folder.iterdir())):032x}.json"
    content = {"key": key, "started": "2024-05-01T08:00:00+00:00", "again": again}
    note.write_text(json.dumps(content), encoding="utf-8")
    return note
