"""What is picked in a component of ours, and what to do when the visitor picks something else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Selection:
    """The picked value of a component whose JavaScript triggers `selection`.

    Attributes:
        widget_key: of the component.
        value: what is picked now.
        on_change: what to do with a new value; it runs before the page is drawn again.
    """

    widget_key: str
    value: Any
    on_change: Callable[[Any], object]

    def take(self) -> None:
        """Callback of the component: hand a new value on."""
        value = st.session_state[self.widget_key].get("picked")
        if value is not None:
            self.on_change(value)
