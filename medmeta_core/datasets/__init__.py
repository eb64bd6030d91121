"""Labelled image sets: folders and manifests."""

from medmeta_core.datasets.labelled_set import LabelledSet, read_labelled_set

__all__ = ["LabelledSet", "read_labelled_set"]
