"""Which image files a backbone was trained on: the beginnings of their sha256, beside its card.

Contents are compared, so that a file is recognised in a folder of another name and under another
name of its own; one that was saved anew, with other bytes, is not.
"""

from collections.abc import Iterable
from pathlib import Path

from medmeta_core.embedding.files.locations import card_path
from medmeta_core.errors import BackboneError

SUFFIX = ".training-images"
N_BYTES = 6
"""Of a sha256: where 10,000 are recorded, one other file in 28 billion is taken for one of them."""


def beginning(digest: str) -> str:
    """What is recorded of a sha256 (hex)."""
    return digest[: 2 * N_BYTES]


def write_training_images(card: Path, digests: Iterable[str]) -> None:
    """Record the sha256 (hex) of files beside the card, in order; none leave no record."""
    recorded = sorted({beginning(digest) for digest in digests})
    if recorded:
        card.with_suffix(SUFFIX).write_bytes(bytes.fromhex("".join(recorded)))
    else:
        card.with_suffix(SUFFIX).unlink(missing_ok=True)


def read_training_images(card: Path) -> frozenset[str] | None:
    """What is recorded beside a card (`beginning`); None where nothing is.

    Raises:
        BackboneError: the record is cut off, or cannot be read.
    """
    path = card.with_suffix(SUFFIX)
    try:
        content = path.read_bytes().hex()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BackboneError("training-images", file=path.name) from error
    if len(content) % (2 * N_BYTES):
        raise BackboneError("training-images", file=path.name)
    return frozenset(content[at : at + 2 * N_BYTES] for at in range(0, len(content), 2 * N_BYTES))


def training_images(name: str) -> frozenset[str] | None:
    """The record of a backbone at hand; None where there is none."""
    return read_training_images(card_path(name))
