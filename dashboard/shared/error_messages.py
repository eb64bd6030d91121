"""Errors on screen: the clinician's in plain words, ours as a number that the log explains."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.i18n import t, text_of_error
from medmeta_core.errors import MedMetaError, OutOfMemoryError
from medmeta_core.memory_limit import lacks_memory


@contextmanager
def show_errors() -> Iterator[None]:
    """Show what goes wrong inside; also a decorator, for callbacks and fragments."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (all of them are shown)
        show_error(error)


def show_error(error: Exception) -> bool:
    """Show what went wrong; True, which tells Streamlit that it need not."""
    if isinstance(error, MedMetaError):
        st.error(text_of_error(error))
    elif lacks_memory(error):
        st.error(text_of_error(OutOfMemoryError()))
    else:
        number = secrets.token_hex(3).upper()
        logging.getLogger(__name__).error("Incident %s", number, exc_info=error)
        st.error(t("app.incident", number=number))  # not its text, which may name a patient
    return True
