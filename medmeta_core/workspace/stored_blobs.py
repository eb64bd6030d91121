"""`StoredBlobs`: what a session file holds of a workspace, read from the store piece by piece."""

from collections.abc import Collection, Iterator, Mapping

from medmeta_core.progress import check_stopped
from medmeta_core.workspace import reading
from medmeta_core.workspace.workspace_store import WorkspaceStore


class StoredBlobs(Mapping[str, bytes]):
    """{sha256: bytes} of stored images and heat maps, each read and verified when asked for.

    Asking raises `WorkspaceError` where one is missing or altered, and `Stopped` where the work
    that asks is to stop.
    """

    def __init__(
        self, store: WorkspaceStore, *, images: Collection[str], heat_maps: Collection[str]
    ) -> None:
        self._store = store
        self._images = frozenset(images)
        self._heat_maps = frozenset(heat_maps) - self._images

    def __getitem__(self, digest: str) -> bytes:
        check_stopped()
        if digest in self._images:
            return self._store.blobs.read(digest)
        with self._store.database.reading() as connection:
            return reading.picture(connection, digest)

    def __iter__(self) -> Iterator[str]:
        yield from self._images
        yield from self._heat_maps

    def __len__(self) -> int:
        return len(self._images) + len(self._heat_maps)

    def sizes(self) -> dict[str, int]:
        """{sha256: number of bytes}; nothing is read."""
        sizes = {digest: self._store.blobs.size(digest) for digest in self._images}
        with self._store.database.reading() as connection:
            return sizes | reading.picture_sizes(connection, self._heat_maps)
