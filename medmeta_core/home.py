"""Where this user's own files lie: the store, and the backbones fetched or imported."""

import os
from pathlib import Path


def default_folder() -> Path:
    """$MEDMETA_HOME, else the user's own folder for application files."""
    home = os.environ.get("MEDMETA_HOME")
    if home:
        return Path(home)
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "medmeta"
