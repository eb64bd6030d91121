"""How much one visitor's tab may have uploaded and not yet handed over: bytes and files.

Streamlit limits each file; a limit on their sum is ours. It is kept at the door: what exceeds
it is not read. The others come in side by side, and are handed on one by one once they are there.
"""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config, runtime

from dashboard.server.arriving import arrived, read_again
from dashboard.server.uploaded_files import DiskUploadedFileManager
from medmeta_core.errors import MedMetaError

ADDRESS = "/_stcore/upload_file/"
UPLOADING = "PUT"

MAX_DIGITS = 12


@dataclass(frozen=True)
class UploadLimits:
    """What one tab may have uploaded at a time.

    Attributes:
        megabytes: $MEDMETA_UPLOAD_MB.
        files: $MEDMETA_UPLOAD_FILES.
    """

    megabytes: int = 2048
    files: int = 5000

    @classmethod
    def configured(cls) -> "UploadLimits":
        """The limits of this server.

        Raises:
            MedMetaError: a variable is no positive whole number.
        """
        return cls(
            _positive("MEDMETA_UPLOAD_MB", cls.megabytes),
            _positive("MEDMETA_UPLOAD_FILES", cls.files),
        )


class UploadQuota:
    """Refuses uploads of a tab that has uploaded enough."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limits = UploadLimits.configured()
        self._one_at_a_time = asyncio.Lock()
        self._bytes_under_way = Counter[str]()
        self._files_under_way = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on all but what is too much."""
        session = _uploading_session(scope)
        if session is None:
            await self._app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        if not stated.isdecimal():
            await PlainTextResponse("State the length.", 411)(scope, receive, send)
        elif self._is_too_much(session, int(stated)):
            await PlainTextResponse(self._refusal(), 413)(scope, receive, send)
        elif _is_refused_unread(session, int(stated)):
            await self._app(scope, receive, send)
        else:
            await self._take(session, int(stated), (scope, receive, send))

    async def _take(self, session: str, n_bytes: int, request: tuple[Scope, Receive, Send]) -> None:
        self._bytes_under_way[session] += n_bytes
        self._files_under_way[session] += 1
        try:
            await self._take_in(*request)
        finally:
            self._bytes_under_way[session] -= n_bytes
            self._files_under_way[session] -= 1
            if self._files_under_way[session] == 0:
                del self._bytes_under_way[session], self._files_under_way[session]

    async def _take_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            file = await arrived(receive)
        except TimeoutError:
            await PlainTextResponse("Nothing more came.", 408)(scope, receive, send)
            return
        except OSError:
            await PlainTextResponse("The disk refuses.", 507)(scope, receive, send)
            return
        if file is not None:
            with file:
                async with self._one_at_a_time:
                    await self._app(scope, read_again(file, receive), send)

    def _is_too_much(self, session: str, n_bytes: int) -> bool:
        sizes = _stored_sizes(session)
        n_files = len(sizes) + self._files_under_way[session] + 1
        total = sum(sizes) + self._bytes_under_way[session] + n_bytes
        return n_files > self._limits.files or total > self._limits.megabytes * 2**20

    def _refusal(self) -> str:
        return (
            f"At most {self._limits.megabytes} MB in {self._limits.files} files can be uploaded "
            "at a time."
        )


def _uploading_session(scope: Scope) -> str | None:
    """The tab that uploads a file by this request; None where it does something else."""
    if scope["type"] != "http" or scope["method"] != UPLOADING:
        return None
    _, separator, rest = scope["path"].partition(ADDRESS)
    return rest.partition("/")[0] if separator else None


def _is_refused_unread(session: str, n_bytes: int) -> bool:
    """Whether Streamlit refuses a file without reading it, so that it need not come in."""
    is_large = n_bytes > config.get_option("server.maxUploadSize") * 2**20
    return is_large or not runtime.get_instance().is_active_session(session)


def _stored_sizes(session: str) -> list[int]:
    """Sizes of the files that Streamlit keeps for a tab."""
    manager = runtime.get_instance().uploaded_file_mgr
    return manager.sizes(session) if isinstance(manager, DiskUploadedFileManager) else []


def _positive(name: str, usual: int) -> int:
    stated = os.environ.get(name, str(usual))
    if not (stated.isascii() and stated.isdecimal() and len(stated) <= MAX_DIGITS and int(stated)):
        raise MedMetaError("upload-limits", name=name, found=stated[:40])
    return int(stated)
