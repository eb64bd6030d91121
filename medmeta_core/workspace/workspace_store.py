"""`WorkspaceStore`: the workspaces themselves, and the upkeep of what holds them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from medmeta_core.errors import WorkspaceError
from medmeta_core.paths import BLOBS, DATABASE, HEADS, default_folder, prepare_home
from medmeta_core.workspace import audit_log, garbage, reading, refusing_disk, workspaces
from medmeta_core.workspace.audit_log import DELETED, FIRST, HeadFolder
from medmeta_core.workspace.blobs import BlobFolder
from medmeta_core.workspace.database import Database
from medmeta_core.workspace.read_only import ReadOnlyDatabase
from medmeta_core.workspace.records import AuditEntry, Workspace
from medmeta_core.workspace.transaction import WriteTransaction, hold_pictures
from medmeta_core.workspace.verification import Finding, findings_in

N_LOOKS = 3
"""Database and heads are looked at one after the other: somebody may write in between."""


class WorkspaceStore:
    """Workspaces in a database and a folder of blobs.

    One object serves many threads; several processes may use the same folder at once. Every
    verb is one transaction that is on disk when the verb returns. Every verb raises
    `WorkspaceError` where the workspace, an image or an adaptation does not exist, or where
    the disk or the database refuses.
    """

    def __init__(self, database: Database, blobs: BlobFolder, heads: HeadFolder) -> None:
        self.database = database
        self.blobs = blobs
        self.heads = heads

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
            raise refusing_disk.of_home(error) from error
        blobs = BlobFolder(place / BLOBS)
        heads = HeadFolder(place / HEADS)
        opened = cls(Database(url or f"sqlite:///{place / DATABASE}"), blobs, heads)
        opened.sweep()
        opened.vouch_for_old_rows()
        return opened

    @classmethod
    def open_read_only(cls, folder: Path) -> Self:
        """The store in `folder`, to be looked at: nothing there is changed, made or mended."""
        place = folder.expanduser().absolute()
        database = ReadOnlyDatabase(place / DATABASE)
        return cls(database, BlobFolder(place / BLOBS), HeadFolder(place / HEADS))

    def close(self) -> None:
        """Let go of the database's files; SQLite's log is in the database by then, and empty."""
        self.database.close()

    def sweep(self) -> None:
        """Finish what a crash left half done: unfinished files, blobs without rows, traces."""
        self.blobs.sweep_unfinished()
        self.heads.sweep_unfinished()
        if self.blobs.has_notes() and not self.lost_workspaces():
            self.collect_garbage()
        self.database.tidy()

    # Workspaces

    def create_workspace(self, name: str, *, is_demo: bool = False) -> Workspace:
        """A new, empty workspace."""
        with self.database.writing() as connection:
            transaction = workspaces.begin(connection, name, is_demo=is_demo)
            self.finish(transaction, is_new=True)
            workspace = reading.workspace(connection, transaction.workspace_id)
        self.confirm(transaction)
        return workspace

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
        with self.erasing(workspace_id) as (transaction, _):
            workspaces.rename(transaction, name)

    def change_settings(
        self, workspace_id: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Workspace:
        """The workspace with what `change` makes of its settings (plain JSON).

        Nobody else writes between its reading and its writing.
        """
        with self.transaction(workspace_id) as transaction:
            before = reading.workspace(transaction.connection, workspace_id).settings
            workspaces.keep_settings(transaction, change(before))
            return reading.workspace(transaction.connection, workspace_id)

    def delete_workspace(self, workspace_id: str) -> None:
        """Delete a workspace with its images and its log, for good."""
        with self.erasing(workspace_id) as (transaction, blobs):
            blobs |= workspaces.delete_workspace(transaction)

    def audit(self, workspace_id: str) -> list[AuditEntry]:
        """The audit log, the oldest line first."""
        with self.database.reading() as connection:
            return audit_log.lines_of(connection, workspace_id)

    def audit_head(self, workspace_id: str) -> str:
        """The digest of the last line, which stands for the whole log."""
        with self.database.reading() as connection:
            return reading.audit_head(connection, workspace_id)

    def verify(self, workspace_id: str) -> list[Finding]:
        """What is not as it was written: lines of the log, and the rows that it vouches for."""
        for _ in range(N_LOOKS):
            outside = self.heads.read(workspace_id)
            with self.database.reading() as connection:
                findings = findings_in(connection, workspace_id, outside)
            if not any(finding.rule == "log-head" for finding in findings):
                break
        return findings

    def verify_audit(self, workspace_id: str) -> bool:
        """Whether no line of the log, and no row that it vouches for, was changed or lost."""
        return not self.verify(workspace_id)

    def lost_workspaces(self) -> set[str]:
        """The ids of workspaces that were here and that the database does not know."""
        return self.heads.workspaces() - {workspace.id for workspace in self.workspaces()}

    def vouch_for_old_rows(self) -> None:
        """Have the log of a store of schema 1 vouch for the rows that are there."""
        with self.database.reading() as connection:
            old = audit_log.unvouched_workspaces(connection)
        for workspace_id in old:
            if not self.heads.read(workspace_id):
                with self.transaction(workspace_id) as transaction:
                    transaction.vouch_for_all("vouch", {})

    def collect_garbage(self) -> int:
        """How many small pictures, and blobs of acts cut short, no row named: they are erased."""
        with self.database.writing() as connection:
            self.database.expect_traces(connection)
            n_deleted = garbage.collect(connection, self.blobs)
        self.database.tidy()
        return n_deleted

    def unclaimed(self) -> set[str]:
        """The blobs that no workspace names: what is left of a database that was lost."""
        digests = self.blobs.digests()  # before the rows: what comes meanwhile is not unclaimed
        pending = self.blobs.all_pending()
        with self.database.reading() as connection:
            return digests - pending - garbage.named_blobs(connection)

    def give_up_lost(self) -> None:
        """Erase the blobs that no workspace names, and miss no lost workspace any more."""
        with self.database.writing() as connection:
            hold_pictures(connection)
            self.blobs.delete(self.unclaimed())
            for workspace_id in self.lost_workspaces():
                self.heads.forget(workspace_id)

    @contextmanager
    def bringing(self, blobs: Mapping[str, bytes | bytearray]) -> Iterator[None]:
        """Have blobs {sha256: bytes} on disk for rows to name; without those, nothing stays.

        Each is asked for when it is written and released then.
        """
        try:
            with self.blobs.pending(blobs):
                self.blobs.write(blobs.values())
                yield
        except BaseException:
            with suppress(WorkspaceError):
                self.collect_garbage()
            raise

    @contextmanager
    def erasing(self, workspace_id: str) -> Iterator[tuple[WriteTransaction, set[str]]]:
        """A transaction and a set for the blobs whose rows it deletes; no trace is left."""
        blobs: set[str] = set()
        with self.transaction(workspace_id) as transaction:
            yield transaction, blobs
            self.database.expect_traces(transaction.connection)
            hold_pictures(transaction.connection)
            self.blobs.note(blobs)
        self.collect_garbage()

    @contextmanager
    def transaction(self, workspace_id: str) -> Iterator[WriteTransaction]:
        """One write to one workspace: all of it, or nothing."""
        with self.database.writing() as connection:
            transaction = WriteTransaction(connection, workspace_id)
            yield transaction
            self.finish(transaction)
        self.confirm(transaction)

    def finish(self, transaction: WriteTransaction, *, is_new: bool = False) -> None:
        """End a transaction; where its log ends is written down beside the database, too."""
        transaction.end()
        after = DELETED if transaction.is_deleted else transaction.head
        if after != transaction.head_before:
            before = FIRST if is_new else transaction.head_before
            self.heads.record(transaction.workspace_id, before=before, after=after)

    def confirm(self, transaction: WriteTransaction) -> None:
        """A transaction is committed: what it wrote is missed from now on if it is lost."""
        if transaction.is_deleted:
            self.heads.forget(transaction.workspace_id)
        elif transaction.head != transaction.head_before:
            self.heads.confirm(transaction.workspace_id, transaction.head)
