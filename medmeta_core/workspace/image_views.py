"""`ImageViews`: stored images in the sizes that screens and networks need, remembered."""

from collections.abc import Iterable, Iterator, Sequence

from medmeta_core.imaging import (
    FloatArray,
    Guard,
    MedicalImage,
    digest_stored,
    read_stored,
    square_stored,
)
from medmeta_core.workspace.blobs import BlobFolder
from medmeta_core.workspace.sized_cache import SizedCache

SHOWN_BYTES = 96 * 2**20
SQUARE_BYTES = 64 * 2**20
"""How much is remembered of what screens showed, and of what networks saw."""


class ImageViews:
    """Views of the images of a folder of blobs; full resolution stays in the guarded child."""

    def __init__(self, blobs: BlobFolder) -> None:
        self._blobs = blobs
        self._shown = SizedCache[MedicalImage](SHOWN_BYTES)
        self._squares = SizedCache[FloatArray](SQUARE_BYTES)

    def display(self, digest: str, max_side: int) -> MedicalImage:
        """The image with its longer side at most `max_side`."""
        image = self._shown.find((digest, max_side))
        if image is None:
            with self._blobs.open(digest) as file:
                image = read_stored(file, max_side=max_side)
            self._shown.keep((digest, max_side), image, (image.pixels, image.values))
        return image

    def squares(self, digests: Sequence[str], side: int) -> Iterator[FloatArray]:
        """(1 or 3, side, side) brightness of each image, one after the other."""
        with Guard() as guard:
            for digest in digests:
                square = self._squares.find((digest, side))
                if square is None:
                    with self._blobs.open(digest) as file:
                        square = square_stored(guard, file, side)
                    self._squares.keep((digest, side), square, [square])
                yield square

    def picture_digest(self, digest: str) -> str:
        """Equal for images that show the same picture (see `imaging.picture_digest`)."""
        with Guard() as guard, self._blobs.open(digest) as file:
            return digest_stored(guard, file)

    def forget(self, digests: Iterable[str]) -> None:
        """Let go of these images."""
        erased = set(digests)
        self._shown.forget(erased)
        self._squares.forget(erased)
