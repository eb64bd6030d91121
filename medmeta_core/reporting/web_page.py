"""Report → one HTML file that needs nothing else: no script, no network, no other file."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from medmeta_core.reporting.blocks import Document, Section
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.sections import contents
from medmeta_core.reporting.web_blocks import block_html, worded

STYLE = (Path(__file__).parent / "report.css").read_text("utf-8")


def to_html(report: Report) -> str:
    """The report as a self-contained page, for light, dark and paper."""
    document = contents(report)
    title = worded(document.title)
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{document.language}">',
            f"<head>\n{_head(title)}\n</head>",
            "<body>",
            f'<p class="banner" role="note">{worded(document.banner)}</p>',
            "<main>",
            f"<header>\n<h1>{title}</h1>\n{block_html(document.opening)}\n</header>",
            _navigation(document),
            *(_section(section) for section in document.sections),
            "</main>",
            f'<footer class="quiet">{worded(document.banner)}</footer>',
            "</body>",
            "</html>",
            "",
        )
    )


def _head(title: str) -> str:
    digest = b64encode(sha256(STYLE.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        (
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="generator" content="MedMeta">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
        )
    )


def _navigation(document: Document) -> str:
    links = "".join(
        f'<li><a href="#{section.key}">{worded(section.title)}</a></li>'
        for section in document.sections
        if section.level == 1
    )
    return f'<nav aria-label="{worded(document.title)}"><ol>{links}</ol></nav>'


def _section(section: Section) -> str:
    tag = f"h{section.level + 1}"
    kind = "case" if section.level == 2 else "part"
    page = " new-page" if section.on_new_page else ""
    blocks = "\n".join(block_html(block) for block in section.blocks)
    return (
        f'<section id="{section.key}" class="{kind}{page}">\n'
        f"<{tag}>{worded(section.title)}</{tag}>\n{blocks}\n</section>"
    )
