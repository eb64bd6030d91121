"""A demo set as a workspace of its own."""

from functools import partial

from medmeta_core.casework.erasing import delete_workspace
from medmeta_core.casework.intake import Intake, add_items
from medmeta_core.demo import DemoSet
from medmeta_core.errors import Stopped
from medmeta_core.imaging import read_folder
from medmeta_core.progress import Progress, begin_keeping, silent
from medmeta_core.workspace import Role, Store, Workspace


def open_demo(store: Store, demo: DemoSet, title: str, progress: Progress = silent) -> Workspace:
    """A new workspace with the set's examples and cases; none where it is stopped half way."""
    workspace = store.create_workspace(title, is_demo=True)
    folders = {Role.EXAMPLE: demo.examples, Role.CASE: demo.cases}
    try:
        for number, (role, folder) in enumerate(folders.items()):
            key, tell = workspace.patient_key_secret, partial(_tell, progress, number)
            add_items(store, Intake(workspace, role), read_folder(folder, key=key, progress=tell))
        begin_keeping()
    except Stopped:
        delete_workspace(store, workspace.id)  # half of it would be no example of anything
        raise
    return workspace


def _tell(progress: Progress, number: int, fraction: float, label: str) -> None:
    progress((number + fraction) / 2, label)
