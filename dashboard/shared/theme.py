"""The look of all pages, and the upload areas' words in the visitor's language."""

import json
from pathlib import Path

import streamlit as st

from dashboard.i18n import raw_text
from dashboard.server.upload_quota import UploadLimits
from medmeta_core.paths import assets_folder

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")

AREA = '[data-testid="stFileUploaderDropzone"]'
OF_FOLDER = f'[class*="st-key-folder-area"] {AREA}'
OF_ONE_FILE = f'[class*="st-key-file-area"] {AREA}'
WORDS = {
    f"{AREA} button p::after": "choose_files",
    f"{OF_ONE_FILE} button p::after": "choose_file",
    f"{OF_FOLDER} button p::after": "choose_folder",
    '[data-testid="stFileUploaderDropzoneInstructions"] span::after': "or_drop",
    f"{AREA} > div:not(:last-child)::after": "drop_here",
    '[data-testid="stFileUploader"]:has([aria-invalid="true"])::after': "not_taken",
}


def configure_page() -> None:
    """Title, icon and width: what Streamlit wants to know first."""
    icon = assets_folder() / "icon.svg"
    st.set_page_config(page_title="MedMeta", page_icon=str(icon), layout="wide")


def apply_theme() -> None:
    """Logo and styles. Streamlit's upload area speaks English only, so styles put in the words."""
    st.logo(str(assets_folder() / "logo.svg"), size="large")
    words = "\n".join(f"{place} {{ content: {_in_words(word)}; }}" for place, word in WORDS.items())
    st.html(f"<style>{STYLE}{words}</style>")


def _in_words(word: str) -> str:
    """A text of the upload areas as CSS writes one."""
    limits = UploadLimits.configured()
    limit = st.get_option("server.maxUploadSize")
    facts = {"megabytes": limits.megabytes, "files": limits.files, "single": limit}
    return json.dumps(raw_text(f"app.uploader.{word}", **facts), ensure_ascii=False)
