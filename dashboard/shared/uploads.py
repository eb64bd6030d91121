"""Files that the browser brought: taken over by the core, then released by Streamlit."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from dashboard.i18n import Markup
from dashboard.server.uploaded_files import DiskUploadedFileManager
from medmeta_core.imaging import Upload


def upload_area(label: Markup, *, key: str, of_folder: bool = False) -> list[Upload]:
    """The files that were just dropped or chosen; each is handed out once.

    Any type of file may be dropped: a DICOM file often has no extension.
    """
    turn = st.session_state.setdefault(f"{key}-turn", 0)
    with st.container(key=f"{'folder' if of_folder else 'files'}-area-{key}"):
        files = st.file_uploader(
            label,
            accept_multiple_files="directory" if of_folder else True,
            key=f"{key}-{turn}",
            label_visibility="collapsed",
        )
    if not files:
        return []
    st.session_state[f"{key}-turn"] = turn + 1  # an empty area next time
    return sorted(take_uploads(files), key=lambda upload: (upload.folder, upload.name))


def take_uploads(files: Sequence[UploadedFile]) -> list[Upload]:
    """The same files for the core; Streamlit's own copies are released."""
    uploads = [_as_upload(file) for file in files]
    release_session_files()
    return uploads


def take_content(file: UploadedFile) -> bytes | BinaryIO:
    """The bytes of one file, where the server keeps uploads on disk as an open file."""
    context = get_script_run_ctx()
    manager = None if context is None else context.uploaded_file_mgr
    if context is None or not isinstance(manager, DiskUploadedFileManager):
        return file.getvalue()
    return manager.take(context.session_id, file.file_id) or b""


def release_session_files() -> None:
    """Free what this tab has uploaded: Streamlit would keep it until another session ends."""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def _as_upload(file: UploadedFile) -> Upload:
    path = PurePosixPath(file.name.replace("\\", "/"))
    folder = "" if path.parent == PurePosixPath(".") else str(path.parent)
    return Upload(name=path.name, content=take_content(file), folder=folder)
