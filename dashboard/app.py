"""The dashboard as a web application: `streamlit run dashboard/app.py` serves it.

Streamlit finds `app` by reading this file, so that every way of starting the dashboard passes
through the gate. What the pages show begins in pages.py.
"""

from streamlit.starlette import App

from dashboard.server import lifetime, middleware
from dashboard.shared.error_messages import show_error

app = App(
    "pages.py",
    middleware=middleware(),
    lifespan=lifetime,
    on_script_error=show_error,  # of callbacks around which no `show_errors` stands
)
