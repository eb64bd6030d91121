"""Report → PDF: tagged, A4, with the fonts of this machine."""

from medmeta_core.reporting.pdf.pages import to_pdf

__all__ = ["to_pdf"]
