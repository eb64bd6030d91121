"""What is picked in a component of ours, and what to do when the visitor picks anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Selection:
    """The picked value of a component whose JavaScript triggers `picked`.

    Attributes:
        widget_key: of the component.
        value: what is picked now.
        then: what to do with a new value; it runs before the page is drawn again.
    """

    widget_key: str
    value: Any
    then: Callable[[Any], object]

    def take(self) -> None:
        """Callback of the component: hand a new value on."""
        told = st.session_state[self.widget_key].get("picked")
        if told is not None:
            self.then(told)
