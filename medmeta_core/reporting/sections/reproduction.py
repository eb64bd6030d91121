"""How to come to the same report again."""

from shlex import quote

from medmeta_core.reporting.blocks import Command, Facts, Listing, Section
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.texts import Texts


def reproduction_section(report: Report, texts: Texts) -> Section:
    """The steps, the commands, and the digests that tie the report to its session."""
    version = report.versions.get("medmeta", texts("unknown"))
    steps = (
        texts("reproduction.steps.version", version=version),
        texts("reproduction.steps.session"),
        texts("reproduction.steps.command"),
    )
    digests = Facts(
        (
            (texts("reproduction.session_digest"), report.session_digest or texts("not_stated")),
            (texts("reproduction.audit_head"), report.audit_head or texts("not_stated")),
            (texts("reproduction.log_state"), _log_state(report, texts)),
        )
    )
    blocks = (Listing(steps), Command(_commands(report)), digests)
    return Section("reproduction", texts("reproduction.title"), blocks)


def _log_state(report: Report, texts: Texts) -> str:
    if report.log_is_unbroken is None:
        return texts("not_stated")
    return texts("reproduction.unbroken" if report.log_is_unbroken else "reproduction.broken")


def _commands(report: Report) -> str:
    rule = report.rule
    choices = (
        f"--examples EXAMPLES --method {quote(report.method)} --backbone {quote(report.backbone)}"
        f" --min-right {rule.min_right:g} --min-typicality {rule.min_typicality:g}"
    )
    return (
        f"medmeta classify {choices} --json results.json FILE...\n"
        f"medmeta report {choices} --out report.pdf FILE..."
    )
