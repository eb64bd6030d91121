"""Backbones of the user's own: fetching and importing as jobs."""

from dashboard.i18n import t
from medmeta_core.embedding import Declared, fetch_backbone, import_backbone
from medmeta_core.jobs import Job, find_job, start

KEY = "add-backbone"
"""One backbone is added at a time, whoever asks."""


def start_fetching(name: str) -> Job:
    """A job that fetches a published backbone; its result is the card."""
    label = t("adapt.more.fetching", name=name)
    return start(label, lambda progress: fetch_backbone(name, progress), key=KEY)


def start_importing(content: bytes, declared: Declared) -> Job:
    """A job that imports a file of weights; its result is the card."""
    label = t("adapt.more.importing", name=declared.name)
    return start(label, lambda _: import_backbone(content, declared), key=KEY)


def adding_job() -> Job | None:
    """The last fetching or importing, running or ended."""
    return find_job(KEY)
