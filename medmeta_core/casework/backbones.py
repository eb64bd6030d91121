"""Backbones of the user's own: fetching and importing as jobs."""

from typing import BinaryIO

from medmeta_core.embedding import ImportRequest, ModelCard, fetch_backbone, import_backbone
from medmeta_core.jobs import Job, Plan, find_job, start
from medmeta_core.progress import Progress, listening

KEY = "add-backbone"
"""One backbone is added at a time, whoever asks."""


def start_fetching(name: str) -> Job:
    """A job that fetches a published backbone; its result is the card."""
    again = {"kind": "fetch", "workspace_id": None, "name": name}
    plan = Plan("adapting", again, facts={"name": name})
    return start("fetch", lambda progress: fetch_backbone(name, progress), key=KEY, plan=plan)


def start_importing(content: bytes | BinaryIO, declared: ImportRequest) -> Job:
    """A job that imports a file of weights; its result is the card."""

    def work(progress: Progress) -> ModelCard:
        with listening(progress, declared.name):
            return import_backbone(content, declared)

    plan = Plan("adapting", facts={"name": declared.name})
    return start("import", work, key=KEY, plan=plan)


def adding_job() -> Job | None:
    """The last fetching or importing, running or ended."""
    return find_job(KEY)
