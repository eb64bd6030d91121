"""How the outcomes came about."""

from medmeta_core.reporting.blocks import Facts, Paragraph, Section
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.wording import method_name, threshold


def method_section(report: Report, texts: Texts) -> Section:
    """Method, hyper-parameters, backbone with its digest, thresholds, seed and versions."""
    about = texts.get(f"method.about.{report.method}", texts("method.about.other"))
    facts = Facts(
        (
            (texts("method.method"), f"{method_name(report, texts)} ({report.method})"),
            (texts("method.settings"), _settings(report, texts)),
            (texts("method.backbone"), report.backbone),
            (texts("method.sha256"), report.backbone_sha256 or texts("unknown")),
            (texts("method.thresholds"), _thresholds(report, texts)),
            (texts("method.seed"), str(report.seed)),
            (texts("method.versions"), _versions(report, texts)),
        )
    )
    blocks = (Paragraph(about), Paragraph(texts("method.common")), facts)
    return Section("method", texts("method.title"), blocks)


def _settings(report: Report, texts: Texts) -> str:
    entries = [f"{name} = {_value(value)}" for name, value in report.settings.items()]
    return "; ".join(entries) or texts("method.no_settings")


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _thresholds(report: Report, texts: Texts) -> str:
    return texts(
        "method.thresholds_value",
        typicality=f"{report.rule.min_typicality:g}",
        level=threshold(report.rule.min_right),
    )


def _versions(report: Report, texts: Texts) -> str:
    entries = [f"{name} {version}" for name, version in report.versions.items()]
    return "; ".join(entries) or texts("unknown")
