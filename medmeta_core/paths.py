"""Where this user's own files lie: the store, and the backbones fetched or imported."""

import os
from pathlib import Path

from medmeta_core.errors import MedMetaError
from medmeta_core.operating_system import user_data_folder
from medmeta_core.private_files import FILE_MODE, make_private, make_private_folder

DATABASE, BLOBS, HEADS = "medmeta.sqlite", "blobs", "log-heads"
"""The store's file and folders within the home."""


def default_folder() -> Path:
    """$MEDMETA_HOME, else the user's own folder for application files."""
    home = os.environ.get("MEDMETA_HOME")
    if home:
        return Path(home)
    return user_data_folder() / "medmeta"


def prepare_home(folder: Path) -> None:
    """Make the folder of a store, or see to it that nobody else reads what is there.

    Raises:
        OSError: the disk refuses.
    """
    for private_folder in (folder, folder / BLOBS, folder / HEADS):
        make_private_folder(private_folder)
    (folder / DATABASE).touch(FILE_MODE)  # SQLite gives its log the mode of its database
    for path in (
        *folder.glob(f"{DATABASE}*"),
        folder / BLOBS,
        folder / HEADS,
        *folder.glob("*.log"),
    ):
        make_private(path)


def assets_folder() -> Path:
    """$MEDMETA_ASSETS, else `assets` beside the package, else inside it.

    Raises:
        MedMetaError: none of these exists.
    """
    package = Path(__file__).resolve().parent
    stated = os.environ.get("MEDMETA_ASSETS")
    places = [Path(stated)] if stated else [package.parent / "assets", package / "assets"]
    for place in places:
        if place.is_dir():
            return place
    raise MedMetaError("no-assets", place=str(places[0]))
