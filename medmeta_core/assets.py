"""Where the weights and demo sets lie, in a checkout and in an installed wheel."""

import os
from pathlib import Path

from medmeta_core.errors import MedMetaError


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
    raise MedMetaError(f"The assets are missing at {places[0]}.", rule="no-assets")
