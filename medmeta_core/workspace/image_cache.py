"""`ImageCache`: the images read last, so that a viewer need not decode at every rerun."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from medmeta_core.imaging import MedicalImage

MAX_BYTES = 256 * 2**20


class ImageCache:
    """Decoded images by the sha256 of their bytes, the ones not looked at longest leave first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._images: OrderedDict[str, MedicalImage] = OrderedDict()
        self._n_bytes = 0
        self._lock = Lock()

    def find(self, digest: str) -> MedicalImage | None:
        """The image of `digest`, if it is still here."""
        with self._lock:
            if digest in self._images:
                self._images.move_to_end(digest)
            return self._images.get(digest)

    def keep(self, digest: str, image: MedicalImage) -> None:
        """Remember the image; its arrays become read-only, for they are shared from now on."""
        image.pixels.setflags(write=False)
        if image.values is not None:
            image.values.setflags(write=False)
        with self._lock:
            if digest not in self._images:
                self._images[digest] = image
                self._n_bytes += _n_bytes(image)
            while self._n_bytes > self._max_bytes:
                _, oldest = self._images.popitem(last=False)
                self._n_bytes -= _n_bytes(oldest)

    def forget(self, digests: Iterable[str]) -> None:
        """Let go of these images."""
        with self._lock:
            for digest in digests:
                image = self._images.pop(digest, None)
                self._n_bytes -= 0 if image is None else _n_bytes(image)


def _n_bytes(image: MedicalImage) -> int:
    return image.pixels.nbytes + (0 if image.values is None else image.values.nbytes)
