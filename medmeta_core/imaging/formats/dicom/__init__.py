"""DICOM → `DecodedFrame`s: file, pixels, values, brightness, one step in each module."""

from medmeta_core.imaging.formats.dicom.decode import decode, is_dicom, might_be_dicom

__all__ = ["decode", "is_dicom", "might_be_dicom"]
