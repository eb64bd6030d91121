"""The page Examples under test: examples added beside it, files dropped on it, images marked."""

from collections.abc import Sequence

from streamlit.testing.v1 import AppTest

from dashboard.state import View
from medmeta_core.imaging import read_image
from medmeta_core.workspace import NewImage, Role, Store, StoredImage, Workspace


def add(
    here: Store, workspace: Workspace, contents: Sequence[bytes], *, condition: str | None
) -> list[StoredImage]:
    new = [
        NewImage(read_image(content), f"{n}.png", Role.EXAMPLE, condition)
        for n, content in enumerate(contents)
    ]
    return here.add_images(workspace.id, new)


def upload(page: AppTest, area: str, files: Sequence[tuple[str, bytes]]) -> None:
    """Drop files, then let the page run until the reading has ended."""
    page.file_uploader(key=f"{area}-0").set_value([(*file, "") for file in files]).run()
    assert not page.exception
    while any(button.key and button.key.startswith("stop-") for button in page.button):
        page.run()


def conditions(here: Store, workspace: Workspace) -> list[str | None]:
    return [image.condition for image in here.images(workspace.id, role=Role.EXAMPLE)]


def mark(page: AppTest, images: Sequence[StoredImage]) -> None:
    ids = tuple(image.id for image in images)
    page.session_state["view"] = View(selected=ids, selection_version=1)
    page.run()
