"""Which stored images show the same picture, and what else to know of the examples."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from medmeta_core.episodes import ExampleRemark, remarks_on_examples
from medmeta_core.workspace import Store, StoredImage

N_REMEMBERED = 8192


def pictures_of(store: Store, images: Sequence[StoredImage]) -> list[str]:
    """(n,) words, equal where two images show the same picture.

    Only images whose thumbnails are equal are decoded.
    """
    small = [_small_digest(store, image.id, image.blob) for image in images]
    counts = Counter(small)
    return [
        _digest(store, image.id, image.blob) if counts[digest] > 1 else digest
        for image, digest in zip(images, small, strict=True)
    ]


def example_remarks(store: Store, images: Sequence[StoredImage]) -> tuple[ExampleRemark, ...]:
    """The core's remarks on examples; their positions are those of `images`."""
    return remarks_on_examples(
        [image.condition for image in images],
        patients=[image.patient for image in images],
        pictures=pictures_of(store, images),
    )


@lru_cache(maxsize=N_REMEMBERED)
def _small_digest(store: Store, image_id: str, blob: str) -> str:  # noqa: ARG001 - the key is the content
    return sha256(store.thumbnail(image_id)).hexdigest()


@lru_cache(maxsize=N_REMEMBERED)
def _digest(store: Store, image_id: str, blob: str) -> str:  # noqa: ARG001 - the key is the content
    return store.picture_digest(image_id)
