"""`HeadFolder`: where each audit log ends, written down outside the database.

Whoever rewrites a log, or cuts off its end, has to change this too. A file holds the head before
an act and the head after it and is written before the act is committed, so that one of the two is
right whenever the machine stops; once it is committed, both are the head after it.
"""

from pathlib import Path

from medmeta_core.private_files import sweep_unfinished, write_whole
from medmeta_core.workspace import refusing_disk
from medmeta_core.workspace.audit_log import FIRST

DELETED = "deleted"
"""In the place of a head: the workspace is about to be deleted."""


class HeadFolder:
    """A file for each workspace, by its id.

    Raises:
        WorkspaceError: the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, workspace_id: str, *, before: str, after: str) -> None:
        """Write down where the log of a workspace ends before and after the act under way."""
        try:
            write_whole(self._folder / workspace_id, f"{before}\n{after}\n".encode())
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    def confirm(self, workspace_id: str, head: str) -> None:
        """The act is committed: its log ends here and nowhere else.

        Overwritten in place, within one sector of the disk: it is the old or the new.
        """
        try:
            with (self._folder / workspace_id).open("r+b") as file:
                file.write(head.encode())
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    def read(self, workspace_id: str) -> tuple[str, ...]:
        """Where the log of a workspace may end; nothing where nothing is written down."""
        try:
            return tuple((self._folder / workspace_id).read_text("ascii").split())
        except (OSError, ValueError):
            return ()

    def forget(self, workspace_id: str) -> None:
        """The workspace is no more."""
        try:
            (self._folder / workspace_id).unlink(missing_ok=True)
        except OSError as error:
            raise refusing_disk.of_disk(error) from error

    def workspaces(self) -> set[str]:
        """The ids of all workspaces that should be there."""
        ids = {path.name for path in self._folder.glob("*") if path.suffix == ""}
        return {one for one in ids if not self._may_be_gone(one)}

    def sweep_unfinished(self) -> None:
        """Delete unfinished files whose writer died."""
        sweep_unfinished(self._folder)

    def _may_be_gone(self, workspace_id: str) -> bool:
        """Whether it was about to be deleted, or its beginning was never committed."""
        heads = self.read(workspace_id)
        return DELETED in heads or heads[:1] == (FIRST,)
