"""The report of a workspace: everything comes from the store, nothing is recomputed."""

from dataclasses import dataclass, replace
from typing import BinaryIO

from medmeta_core.casework.report_content import ReportHeading
from medmeta_core.casework.workspace_report import report_on_workspace
from medmeta_core.jobs import Job, Plan, find_job, forget_job, start
from medmeta_core.progress import Progress, listening
from medmeta_core.reporting import (
    Report,
    to_html,
)
from medmeta_core.trust import AbstentionRule
from medmeta_core.workspace import (
    AdaptationRecord,
    Store,
    session_digest,
    write_session_file,
)


@dataclass(frozen=True)
class ReportOrder:
    """What a report is to hold.

    Attributes:
        case_ids: in the order of entry.
        rule: the thresholds under which answers name a condition.
        last_verdict: id of the newest verdict; "" where there is none.
        adaptation_id: of the adaptation whose answers it holds.
    """

    title: str
    operator: str
    language: str
    case_ids: tuple[str, ...]
    rule: AbstentionRule = AbstentionRule()
    last_verdict: str = ""
    adaptation_id: str = ""


@dataclass(frozen=True)
class ReportResult:
    """A report, its preview, and the session file whose digest it states, open on the disk."""

    order: ReportOrder
    report: Report
    html: str
    session_file: BinaryIO


def start_report(store: Store, record: AdaptationRecord, order: ReportOrder) -> Job:
    """A job whose result is the `ReportResult`."""
    workspace_id = store.owner_of_adaptation(record.id)

    def work(progress: Progress) -> ReportResult:
        progress(0.0, "session")
        session_file = write_session_file(store, workspace_id)
        with listening(progress, "cases", start=0.2, end=0.8):
            content = _report(store, record, order)
        content = replace(content, session_digest=session_digest(session_file))
        progress(0.8, "layout")
        return ReportResult(order, content, to_html(content), session_file)

    again = {"kind": "report", "adaptation_id": record.id, "order": _plain(order)}
    plan = Plan(again=again)
    return start("report", work, key=_job_key(workspace_id), plan=plan)


def _plain(order: ReportOrder) -> dict[str, object]:
    """What to start the report again with; rule and verdicts are those of that time."""
    return {
        "title": order.title,
        "operator": order.operator,
        "language": order.language,
        "case_ids": list(order.case_ids),
    }


def report_job(workspace_id: str) -> Job | None:
    """The last report of a workspace, running or ended."""
    return find_job(_job_key(workspace_id))


def forget_report(workspace_id: str) -> None:
    """Let go of the last report of a workspace, with its session file on the disk."""
    forget_job(_job_key(workspace_id))


def _report(store: Store, record: AdaptationRecord, order: ReportOrder) -> Report:
    workspace = store.workspace(store.owner_of_adaptation(record.id))
    heading = ReportHeading(order.title, workspace.name, order.operator, order.language, order.rule)
    return report_on_workspace(store, record, case_ids=order.case_ids, heading=heading)


def _job_key(workspace_id: str) -> str:
    return f"report-{workspace_id}"
