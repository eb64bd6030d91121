"""The vocabulary of a task: support set, episode, sampler."""

from medmeta_core.episodes.embed_support import embed_support
from medmeta_core.episodes.example_remarks import ExampleRemark, remarks_on_examples
from medmeta_core.episodes.labelled_examples import EmbeddedSupport, LabelledExamples
from medmeta_core.episodes.matching_examples import ExampleMatch, Identity, match_examples
from medmeta_core.episodes.patients import Patients, identify_patients
from medmeta_core.episodes.pixels import MODEL_SIDE
from medmeta_core.episodes.sampler import EpisodeIndices, EpisodeSampler, EpisodeShape
from medmeta_core.episodes.support_set import SupportSet

__all__ = [
    "MODEL_SIDE",
    "EpisodeIndices",
    "EpisodeSampler",
    "EpisodeShape",
    "ExampleRemark",
    "Identity",
    "ExampleMatch",
    "Patients",
    "EmbeddedSupport",
    "LabelledExamples",
    "SupportSet",
    "embed_support",
    "identify_patients",
    "match_examples",
    "remarks_on_examples",
]
