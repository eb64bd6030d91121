"""A finished report: its digests, its preview and the files to take away."""

from base64 import b64encode
from collections.abc import Callable

import streamlit as st

from dashboard.i18n import Markup, t
from dashboard.server.saved_files import SavedFile
from dashboard.shared.downloads import file_stem
from medmeta_core.casework import ReportResult
from medmeta_core.reporting import Report, to_csv, to_html, to_json, to_pdf

PREVIEW_HEIGHT = 900

FILES: dict[str, tuple[str, Callable[[Report], bytes]]] = {
    "pdf": ("application/pdf", to_pdf),
    "html": ("text/html", lambda report: to_html(report).encode()),
    "csv": ("text/csv", lambda report: to_csv(report).encode()),
    "json": ("application/json", lambda report: to_json(report).encode()),
}


def show_report(result: ReportResult) -> None:
    """Draw the downloads, the digests and the preview."""
    report = result.report
    stem = f"{file_stem(report.workspace)}-{report.created:%Y%m%d-%H%M}"
    with st.container(horizontal=True, key="report-downloads"):
        for kind, (mime, write) in FILES.items():
            st.download_button(
                t(f"report.files.{kind}"),
                data=_writing(write, report),
                file_name=f"{stem}.{kind}",
                mime=mime,
                key=f"download-{kind}",
                type="primary" if kind == "pdf" else "secondary",
                on_click="ignore",
            )
        st.download_button(
            t("report.files.session"),
            data=lambda: SavedFile(result.session_file),
            file_name=f"{stem}.medmeta.zip",
            mime="application/zip",
            key="download-session",
            on_click="ignore",
        )
    for name in ("session_digest", "audit_head"):
        digest = Markup("{}: `{}`").format(t(f"report.{name}"), getattr(report, name))
        st.caption(digest)
    # A data address has an origin of its own: nothing in the report can reach the dashboard.
    page = b64encode(result.html.encode()).decode("ascii")
    st.iframe(
        f"data:text/html;charset=utf-8;base64,{page}",
        height=PREVIEW_HEIGHT,
        alt=t("report.preview"),
    )


def _writing(write: Callable[[Report], bytes], report: Report) -> Callable[[], bytes]:
    return lambda: write(report)
