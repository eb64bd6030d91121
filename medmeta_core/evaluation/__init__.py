"""What a method reaches on a labelled set: episodes, intervals, calibration."""

from medmeta_core.evaluation.calibration_error import expected_calibration_error
from medmeta_core.evaluation.compare import Difference, paired_difference
from medmeta_core.evaluation.condition_figures import ConditionFigures
from medmeta_core.evaluation.cross_set import CrossSampler, CrossSet
from medmeta_core.evaluation.embedded_set import EmbeddedSet, embed_all
from medmeta_core.evaluation.estimate import Estimate, over_patients
from medmeta_core.evaluation.evaluate import Evaluation, evaluate, patients_of, predict_episodes
from medmeta_core.evaluation.predictions import EpisodePredictions
from medmeta_core.evaluation.training_overlap import (
    TrainingOverlap,
    seen_conditions,
    training_overlap,
)

__all__ = [
    "ConditionFigures",
    "CrossSampler",
    "CrossSet",
    "Difference",
    "EmbeddedSet",
    "Estimate",
    "Evaluation",
    "EpisodePredictions",
    "TrainingOverlap",
    "embed_all",
    "evaluate",
    "expected_calibration_error",
    "predict_episodes",
    "over_patients",
    "paired_difference",
    "patients_of",
    "seen_conditions",
    "training_overlap",
]
