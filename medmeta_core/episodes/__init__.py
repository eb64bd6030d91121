"""The vocabulary of a task: support set, episode, sampler."""

from medmeta_core.episodes.sampler import EpisodeIndices, EpisodeSampler, EpisodeShape
from medmeta_core.episodes.support_set import MODEL_SIDE, SupportSet

__all__ = ["MODEL_SIDE", "EpisodeIndices", "EpisodeSampler", "EpisodeShape", "SupportSet"]
