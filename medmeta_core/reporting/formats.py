"""The files that a report can be, by their endings."""

from collections.abc import Callable, Mapping

from medmeta_core.errors import MedMetaError
from medmeta_core.reporting.pdf import to_pdf
from medmeta_core.reporting.record import to_json
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.spreadsheet import to_csv
from medmeta_core.reporting.web_page import to_html

FORMATS: Mapping[str, Callable[[Report], bytes]] = {
    ".pdf": to_pdf,
    ".html": lambda report: to_html(report).encode(),
    ".csv": lambda report: to_csv(report).encode(),
    ".json": lambda report: to_json(report).encode(),
}


def require_format(name: str, ending: str) -> None:
    """Refuse the name of a file whose ending no format has.

    Raises:
        MedMetaError: it has none.
    """
    if ending not in FORMATS:
        raise MedMetaError("output-format", endings=", ".join(FORMATS), found=name)
