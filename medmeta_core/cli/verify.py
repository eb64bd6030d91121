"""`medmeta verify`: whether the store is as it was written."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from medmeta_core.cli.console import BAD_INPUT, STANDARD_OUTPUT, progress_bar, say, write_json
from medmeta_core.errors import MedMetaError, WorkspaceError
from medmeta_core.paths import BLOBS, DATABASE, default_folder
from medmeta_core.workspace import Finding, Store
from medmeta_core.workspace.blobs import BlobFolder
from medmeta_core.workspace.store_check import check_file, check_store


def verify_command(
    home: Annotated[
        Path | None, typer.Option(help="Folder of the store; by default that of this user.")
    ] = None,
    head: Annotated[str, typer.Option(help="Head of the audit log as a report states it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Look through the whole store and change nothing: database, log, rows and every picture.

    One line for each finding; exit code 2 where there is one, else 0.
    """
    place = (home or default_folder()).expanduser().absolute()
    findings = [*_findings(place, head)]
    if as_json:
        content = {"home": str(place), "findings": [_in_json(finding) for finding in findings]}
        write_json(content, STANDARD_OUTPUT)
    else:
        for finding in findings:
            where = f"workspace {finding.workspace_id}: " if finding.workspace_id else ""
            say(f"{finding.rule}: {where}{finding.message}")
        say(f"{place}: {len(findings)} findings" if findings else f"{place}: as written")
    if findings:
        raise typer.Exit(BAD_INPUT)


def _in_json(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "message": finding.message}


def _findings(place: Path, head: str) -> list[Finding]:
    if not (place / DATABASE).is_file():
        return _without_database(place)
    try:
        store = Store.open_read_only(place)
    except WorkspaceError as error:
        return check_file(place) or [Finding(error.rule, error.facts)]
    try:
        with progress_bar("Pictures") as progress:
            findings = check_store(store, progress=progress)
        return [*findings, *_of_head(store, head)]
    except WorkspaceError as error:
        return check_file(place) or [Finding(error.rule, error.facts)]
    finally:
        store.close()


def _without_database(place: Path) -> list[Finding]:
    """Raises: MedMetaError: there is no store at all."""
    n = len(BlobFolder(place / BLOBS).digests())
    if not n:
        raise MedMetaError("no-store", place=str(place))
    return [Finding("pictures-without-database", {"n": n})]


def _of_head(store: Store, head: str) -> list[Finding]:
    """Whether any log holds the line that a report states as its newest."""
    if not head:
        return []
    for workspace in store.workspaces():
        if any(line.digest == head for line in store.audit(workspace.id)):
            return []
    return [Finding("head-unknown")]
