"""What a method reaches on a labelled set: episodes, intervals, calibration."""

from medmeta_core.evaluation.calibration_error import expected_calibration_error
from medmeta_core.evaluation.evaluate import Estimate, Evaluation, evaluate
from medmeta_core.evaluation.labelled_set import LabelledSet, read_labelled_set

__all__ = [
    "Estimate",
    "Evaluation",
    "LabelledSet",
    "evaluate",
    "expected_calibration_error",
    "read_labelled_set",
]
