"""Files that the command is given."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from medmeta_core.imaging import LIMITS, ReadItem, Refusal, Upload, read_uploads
from medmeta_core.imaging.regular_file import regular_file
from medmeta_core.progress import Progress


def check_files(files: Sequence[Path]) -> None:
    """See that each can be opened, before anything else is done for them.

    Raises:
        MedMetaError: a file cannot be opened, is no file, or is too large.
    """
    for file in files:
        regular_file(file, max_bytes=LIMITS.zip_bytes)


def read_files(
    files: Sequence[Path], progress: Progress
) -> Iterator[tuple[Path, ReadItem | Refusal]]:
    """Each file with its images, or why it was refused, in the order given.

    Raises:
        MedMetaError: a file cannot be opened, is no file, or is too large.
    """
    for done, file in enumerate(files):
        progress(done / len(files), file.name)
        upload = Upload(file.name, regular_file(file, max_bytes=LIMITS.zip_bytes))
        yield from ((file, item) for item in read_uploads([upload]))
