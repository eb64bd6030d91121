"""What stands between the network and Streamlit: who may speak to this server, and how it ends."""

from starlette.middleware import Middleware

from dashboard.server.gate import Gate
from dashboard.server.headers import SecurityHeaders
from dashboard.server.isolation import forbid_address_lookups
from dashboard.server.lifetime import lifetime
from dashboard.server.saved_files import SavedFiles, keep_saved_files_on_disk
from dashboard.server.settings import check_settings, tell_of_home
from dashboard.server.upload_quota import UploadQuota
from dashboard.server.uploaded_files import keep_uploads_on_disk
from medmeta_core.operating_system import forbid_core_files

__all__ = ["lifetime", "middleware"]

check_settings()
tell_of_home()
forbid_core_files()
forbid_address_lookups()
keep_uploads_on_disk()
keep_saved_files_on_disk()


def middleware() -> list[Middleware]:
    """The layers that each request passes before Streamlit sees it, the outermost first."""
    layers = (SecurityHeaders, Gate, UploadQuota, SavedFiles)
    return [Middleware(layer) for layer in layers]
