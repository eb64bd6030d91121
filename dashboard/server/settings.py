"""What this server is set to by environment variables, looked at before it starts."""

import sys

from dashboard.server.upload_quota import UploadLimits
from medmeta_core.errors import MedMetaError
from medmeta_core.memory_limit import limit_memory

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
