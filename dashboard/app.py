"""The table of contents: the pages in the order of the work, and what stands above each."""

from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.components.banner import show_banner
from dashboard.components.incident import told_errors
from dashboard.engine import warm_up
from dashboard.i18n import t

HERE = Path(__file__).parent
PAGES = ("start", "examples", "adapt", "explore", "classify", "report", "about")

st.set_page_config(page_title="MedMeta", page_icon="🔬", layout="wide")
warm_up()
state.follow_address()
page = st.navigation(
    [
        st.Page(f"pages/{name}.py", title=t(f"app.pages.{name}"), default=name == "start")
        for name in PAGES
        if (HERE / "pages" / f"{name}.py").exists()
    ],
    position="top",
)
show_banner()
with told_errors():
    page.run()
