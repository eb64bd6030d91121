"""`Archive`: the workspaces themselves, and the upkeep of what holds them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from medmeta_core.home import default_folder
from medmeta_core.workspace import audit_log, desks, garbage, reading
from medmeta_core.workspace.blobs import BlobFolder
from medmeta_core.workspace.database import Database
from medmeta_core.workspace.records import AuditEntry, Workspace
from medmeta_core.workspace.turn import Turn


class Archive:
    """Workspaces in a database and a folder of blobs.

    One object serves many threads; several processes may use the same folder at once. Every
    verb is one transaction that is on disk when the verb returns. Every verb raises
    `WorkspaceError` where the workspace, an image or an adaptation does not exist, or where
    the disk or the database refuses.
    """

    def __init__(self, database: Database, blobs: BlobFolder) -> None:
        self.database = database
        self.blobs = blobs

    @classmethod
    def open(cls, folder: Path | None = None, url: str | None = None) -> Self:
        """The store in `folder`, made where it does not exist.

        Args:
            folder: of the blobs and the SQLite file; by default $MEDMETA_HOME, else the
                user's own folder for application files.
            url: of another database, e.g. "postgresql+psycopg://…".
        """
        place = (folder or default_folder()).expanduser().absolute()
        blobs = BlobFolder(place / "blobs")
        return cls(Database(url or f"sqlite:///{place / 'medmeta.sqlite'}"), blobs)

    def close(self) -> None:
        """Let go of the database's files."""
        self.database.close()

    # Workspaces

    def create_workspace(self, name: str, *, is_demo: bool = False) -> Workspace:
        """A new, empty workspace."""
        with self.database.writing() as connection:
            return reading.workspace(connection, desks.begin(connection, name, is_demo=is_demo))

    def workspaces(self) -> list[Workspace]:
        """All workspaces, the oldest first."""
        with self.database.reading() as connection:
            return reading.workspaces(connection)

    def workspace(self, workspace_id: str) -> Workspace:
        """The workspace of this id."""
        with self.database.reading() as connection:
            return reading.workspace(connection, workspace_id)

    def rename_workspace(self, workspace_id: str, name: str) -> None:
        """Give a workspace another name."""
        with self.turn(workspace_id) as turn:
            desks.rename(turn, name)

    def change_settings(
        self, workspace_id: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Workspace:
        """The workspace with what `change` makes of its settings (plain JSON).

        Nobody else writes between its reading and its writing.
        """
        with self.turn(workspace_id) as turn:
            before = reading.workspace(turn.connection, workspace_id).settings
            desks.keep_settings(turn, change(before))
            return reading.workspace(turn.connection, workspace_id)

    def delete_workspace(self, workspace_id: str) -> None:
        """Delete a workspace with its images and its log, for good."""
        with self.turn(workspace_id) as turn:
            desks.delete_workspace(turn)
        self.collect_garbage()

    def audit(self, workspace_id: str) -> list[AuditEntry]:
        """The audit log, the oldest line first."""
        with self.database.reading() as connection:
            return audit_log.lines_of(connection, workspace_id)

    def audit_head(self, workspace_id: str) -> str:
        """The digest of the last line, which stands for the whole log."""
        with self.database.reading() as connection:
            return reading.audit_head(connection, workspace_id)

    def verify_audit(self, workspace_id: str) -> bool:
        """Whether no line of the log was changed or lost."""
        with self.database.reading() as connection:
            lines = audit_log.lines_of(connection, workspace_id)
            return audit_log.is_unbroken(lines, reading.audit_head(connection, workspace_id))

    def collect_garbage(self) -> int:
        """How many blobs and small pictures were deleted because no row names them."""
        with self.database.writing() as connection:
            return garbage.collect(connection, self.blobs)

    @contextmanager
    def turn(self, workspace_id: str) -> Iterator[Turn]:
        """One write to one workspace: all of it, or nothing."""
        with self.database.writing() as connection:
            turn = Turn(connection, workspace_id)
            yield turn
            turn.end()
