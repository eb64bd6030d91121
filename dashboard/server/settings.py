"""What this server is set to by environment variables, and its folder: looked at at the start."""

import sys

from dashboard.server.upload_quota import UploadLimits
from medmeta_core.errors import MedMetaError
from medmeta_core.memory_limit import limit_memory
from medmeta_core.paths import default_folder
from medmeta_core.private_files import nameless_file

BAD_SETTING = 2
"""The exit code, as for bad input on the command line."""


def check_settings() -> None:
    """Bound the memory as configured; a bad value ends the server with one sentence."""
    try:
        UploadLimits.configured()
        limit_memory()
    except MedMetaError as error:
        sys.stderr.write(f"medmeta: {error}\n")
        sys.exit(BAD_SETTING)


def tell_of_home() -> None:
    """Say on the terminal that the folder of the store cannot be written; the pages do, too."""
    try:
        nameless_file(default_folder()).close()
    except OSError as error:
        from medmeta_core.workspace.refusing_disk import of_home  # slow, and seldom needed

        sys.stderr.write(f"medmeta: {of_home(error)} ({default_folder()})\n")
