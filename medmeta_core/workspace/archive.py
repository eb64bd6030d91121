"""`Archive`: the workspaces themselves, and the upkeep of what holds them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from medmeta_core.errors import WorkspaceError
from medmeta_core.home import BLOBS, DATABASE, default_folder, prepare_home
from medmeta_core.workspace import audit_log, desks, garbage, reading, refusing_disk
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
        try:
            prepare_home(place)
        except OSError as error:
            raise refusing_disk.of_disk(error) from error
        blobs = BlobFolder(place / BLOBS)
        opened = cls(Database(url or f"sqlite:///{place / DATABASE}"), blobs)
        opened.sweep()
        return opened

    def close(self) -> None:
        """Let go of the database's files; SQLite's log is in the database by then, and empty."""
        self.database.close()

    def sweep(self) -> None:
        """Finish what a crash left half done: unfinished files, blobs without rows, traces."""
        self.blobs.sweep_unfinished()
        if self.blobs.has_notes():
            self.collect_garbage()
        self.database.tidy()

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
        with self.erasing(workspace_id) as (turn, _):
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
        with self.erasing(workspace_id) as (turn, blobs):
            blobs |= desks.delete_workspace(turn)

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
        """How many small pictures, and blobs of acts cut short, no row named: they are erased."""
        with self.database.writing() as connection:
            self.database.expect_traces(connection)
            n_deleted = garbage.collect(connection, self.blobs)
        self.database.tidy()
        return n_deleted

    def unclaimed(self) -> set[str]:
        """The blobs that no workspace names: what is left of a database that was lost."""
        there = self.blobs.digests()  # before the rows: what comes meanwhile is not unclaimed
        pending = self.blobs.all_pending()
        with self.database.reading() as connection:
            return there - pending - garbage.named_blobs(connection)

    def erase_unclaimed(self) -> None:
        """Erase the blobs that no workspace names."""
        with self.database.writing() as connection:
            garbage.hold_pictures(connection)
            self.blobs.delete(self.unclaimed())

    @contextmanager
    def bringing(self, blobs: Mapping[str, bytes]) -> Iterator[None]:
        """Have blobs {sha256: bytes} on disk for rows to name; without those, nothing stays."""
        try:
            with self.blobs.pending(blobs):
                self.blobs.write(blobs.values())
                yield
        except BaseException:
            with suppress(WorkspaceError):
                self.collect_garbage()
            raise

    @contextmanager
    def erasing(self, workspace_id: str) -> Iterator[tuple[Turn, set[str]]]:
        """A turn, and a set for the blobs whose rows it deletes; no trace of them is left."""
        blobs: set[str] = set()
        with self.turn(workspace_id) as turn:
            yield turn, blobs
            self.database.expect_traces(turn.connection)
            garbage.hold_pictures(turn.connection)
            self.blobs.note(blobs)
        self.collect_garbage()

    @contextmanager
    def turn(self, workspace_id: str) -> Iterator[Turn]:
        """One write to one workspace: all of it, or nothing."""
        with self.database.writing() as connection:
            turn = Turn(connection, workspace_id)
            yield turn
            turn.end()
