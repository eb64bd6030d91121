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
def told_errors() -> Iterator[None]:
    """Show what goes wrong inside; also a decorator, for callbacks and fragments."""
    try:
        yield
    except MedMetaError as error:
        st.error(text_of_error(error))
    except Exception as error:
        if lacks_memory(error):
            st.error(text_of_error(OutOfMemoryError()))
            return
        number = secrets.token_hex(3).upper()
        logging.getLogger(__name__).exception("Incident %s", number)
        st.error(t("app.incident", number=number))  # not its text, which may name a patient
