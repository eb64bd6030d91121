"""What every page has around it: navigation, banner, look, and what happens on an error."""

import streamlit as st

from dashboard import state
from dashboard.engine import warm_up
from dashboard.i18n import t
from dashboard.page_names import PAGES
from dashboard.shared.banner import show_banner
from dashboard.shared.error_messages import show_errors
from dashboard.shared.theme import apply_theme, configure_page
from dashboard.web.folder_drop import keep_folder_names


def draw() -> None:
    """The page that the address names."""
    state.follow_address()
    page = st.navigation(
        [
            st.Page(f"{name}/{name}.py", title=t(f"app.pages.{name}"), default=name == "start")
            for name in PAGES
        ],
        position="top",
    )
    state.open_page(page.url_path or PAGES[0])
    apply_theme()
    show_banner()
    page.run()
    keep_folder_names()


configure_page()
with show_errors():
    draw()
warm_up()  # after the first page: the two would wait for each other
