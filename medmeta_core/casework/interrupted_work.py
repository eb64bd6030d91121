"""Work that was under way when the server ended: which it was, and how it is started again."""

from collections.abc import Callable, Mapping
from typing import Any

from medmeta_core.casework.adapting import Choice, start_adapting
from medmeta_core.casework.backbones import start_fetching
from medmeta_core.casework.classifying import answers_of, cases_of, start_classifying
from medmeta_core.casework.mapping import start_map
from medmeta_core.casework.preferences import preferences_of
from medmeta_core.casework.reporting import ReportOrder, start_report
from medmeta_core.errors import WorkspaceError
from medmeta_core.jobs import (
    InterruptedWork,
    dismiss_interrupted,
    forget_work_where,
    interrupted_work,
)
from medmeta_core.workspace import Store, Workspace

Again = Mapping[str, Any]


def interrupted_in(store: Store, workspace: Workspace) -> list[InterruptedWork]:
    """Interrupted work of this workspace, or of all; what nobody can ask for is forgotten."""
    forget_erased_work(store)
    here = []
    for work in interrupted_work():
        try:
            owner = _owner(store, work.again)
        except (KeyError, TypeError):  # the note is no note
            dismiss_interrupted(work)
            continue
        if owner in (None, workspace.id):
            here.append(work)
    return here


def forget_erased_work(store: Store) -> None:
    """Forget the work, interrupted or under way, on workspaces and images that were erased."""
    forget_work_where(lambda again: _is_erased(store, again))


def _is_erased(store: Store, again: Again) -> bool:
    try:
        _owner(store, again)
        for image_id in again.get("order", {}).get("case_ids", ()):
            store.image(image_id)
    except WorkspaceError as error:
        return error.rule.startswith("unknown-")  # else the disk or the database refuses
    except (KeyError, TypeError, AttributeError):  # another version may know what that is
        return False
    return False


def can_start_again(work: InterruptedWork) -> bool:
    """Whether all that it needs is still here; what was uploaded is not."""
    return work.again["kind"] in _STARTS


def start_again(store: Store, workspace: Workspace, work: InterruptedWork) -> None:
    """Start it again, as it was asked for.

    Raises:
        WorkspaceError: what it needs is gone.
    """
    _STARTS[work.again["kind"]](store, workspace, work.again)
    dismiss_interrupted(work)  # a report or a map of today may bear another key


def _owner(store: Store, again: Again) -> str | None:
    """The id of the workspace that a note is about; None where it is about all.

    Raises:
        WorkspaceError: it is not here any more.
        KeyError: the note names none.
    """
    kind = again["kind"]
    if kind == "fetch":
        return None
    if kind not in (*_STARTS, "intake"):
        raise KeyError(kind)
    if kind in ("adapt", "intake"):
        return store.workspace(again["workspace_id"]).id
    return store.owner_of_adaptation(again["adaptation_id"])


def _adapt(store: Store, workspace: Workspace, again: Again) -> None:
    start_adapting(store, workspace.id, [Choice(*choice) for choice in again["choices"]])


def _classify(store: Store, workspace: Workspace, again: Again) -> None:
    record = store.adaptation(again["adaptation_id"])
    answered = answers_of(store, record)
    waiting = [case for case in cases_of(store, workspace.id) if case.id not in answered]
    if waiting:
        start_classifying(store, record, waiting[::-1])


def _map(store: Store, workspace: Workspace, again: Again) -> None:
    record = store.adaptation(again["adaptation_id"])
    start_map(store, record, kind=again["projection"], cases=cases_of(store, workspace.id))


def _report(store: Store, workspace: Workspace, again: Again) -> None:
    record, stated = store.adaptation(again["adaptation_id"]), again["order"]
    verdicts = store.verdicts(workspace.id)
    order = ReportOrder(
        title=stated["title"],
        operator=stated["operator"],
        language=stated["language"],
        case_ids=tuple(stated["case_ids"]),
        rule=preferences_of(workspace).rule,
        last_verdict=verdicts[-1].id if verdicts else "",
        adaptation_id=record.id,
    )
    start_report(store, record, order)


def _fetch(_: Store, __: Workspace, again: Again) -> None:
    start_fetching(again["name"])


_STARTS: Mapping[str, Callable[[Store, Workspace, Again], None]] = {
    "adapt": _adapt,
    "classify": _classify,
    "map": _map,
    "report": _report,
    "fetch": _fetch,
}
