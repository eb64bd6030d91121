"""When a workspace was last worked in: the one used last comes first."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from medmeta_core.workspace import Store, Workspace

FIELD = "last_use"
"""Where in the workspace's settings it stands, in UTC as ISO 8601."""

FINEST = timedelta(minutes=1)
"""Later uses of the workspace used last are not written down within this time."""


def last_use(workspace: Workspace) -> datetime:
    """When the workspace was last opened, as far as it is known; else when it was made."""
    with suppress(ValueError):
        used = datetime.fromisoformat(str(workspace.settings.get(FIELD)))
        if used.tzinfo is not None:
            return max(used, workspace.created)
    return workspace.created


def note_use(store: Store, workspace: Workspace) -> None:
    """Write down that the workspace is in use now."""
    now = datetime.now(UTC)
    is_last = max(store.workspaces(), key=last_use).id == workspace.id
    if is_last and now - last_use(workspace) < FINEST:
        return

    def change(settings: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**settings, FIELD: now.isoformat()}

    store.change_settings(workspace.id, change)
