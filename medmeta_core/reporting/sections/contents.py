"""The order of the sections."""

from medmeta_core.languages import LANGUAGES
from medmeta_core.reporting.blocks import Document, Facts
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.sections.cases import cases_section, sections_of_cases
from medmeta_core.reporting.sections.checklist import checklist_section
from medmeta_core.reporting.sections.conditions import conditions_section
from medmeta_core.reporting.sections.cross_validation import left_out_section
from medmeta_core.reporting.sections.inputs import inputs_section
from medmeta_core.reporting.sections.limits import limits_section
from medmeta_core.reporting.sections.method import method_section
from medmeta_core.reporting.sections.reproduction import reproduction_section
from medmeta_core.reporting.sections.summary import summary_section
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.wording import moment


def contents(report: Report) -> Document:
    """The report as titled blocks, ready to be drawn."""
    texts = Texts(report.language)
    opening = (
        (texts("workspace"), report.workspace),
        (texts("created"), moment(report.created)),
        (texts("operator"), report.operator or texts("not_stated")),
    )
    return Document(
        language=LANGUAGES[report.language].bcp_47,
        banner=texts("banner"),
        title=report.title,
        opening=Facts(opening),
        sections=(
            summary_section(report, texts),
            conditions_section(report, texts),
            cases_section(report, texts),
            *sections_of_cases(report, texts),
            left_out_section(report, texts),
            method_section(report, texts),
            inputs_section(report, texts),
            limits_section(report, texts),
            reproduction_section(report, texts),
            checklist_section(texts),
        ),
    )
