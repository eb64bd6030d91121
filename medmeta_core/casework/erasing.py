"""Erasing for good: in the store, in the notes of what was asked for, and in the last report."""

from collections.abc import Iterable

from medmeta_core.casework.interrupted_work import forget_erased_work
from medmeta_core.casework.reporting import forget_report
from medmeta_core.workspace import Store


def delete_workspace(store: Store, workspace_id: str) -> None:
    """Delete a workspace with all that was said and asked for in it.

    Raises:
        WorkspaceError: it is not there, or the disk refuses.
    """
    store.delete_workspace(workspace_id)
    forget_report(workspace_id)
    forget_erased_work(store)


def erase_images(store: Store, workspace_id: str, image_ids: Iterable[str]) -> None:
    """Erase images for good, removed ones too.

    Raises:
        WorkspaceError: one of them is not there, or the disk refuses.
    """
    store.erase(workspace_id, image_ids)
    forget_report(workspace_id)
    forget_erased_work(store)


def erase_removed(store: Store, workspace_id: str) -> None:
    """Erase for good what was removed and could be brought back.

    Raises:
        WorkspaceError: the workspace is not there, or the disk refuses.
    """
    store.erase_removed(workspace_id)
    forget_report(workspace_id)
    forget_erased_work(store)


def erase_lost_database(store: Store) -> None:
    """Erase what is left of a lost database.

    Raises:
        WorkspaceError: the disk refuses.
    """
    store.give_up_lost()
    forget_erased_work(store)
