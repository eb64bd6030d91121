"""When no condition is named."""

from medmeta_core.trust.prediction import Abstention, AbstentionRule


def abstain(rule: AbstentionRule, *, typicality: float, probability: float) -> Abstention | None:
    """Why no condition is named for an image with this typicality and first probability.

    >>> abstain(AbstentionRule(), typicality=0.01, probability=0.9).value
    'none-of-these'
    >>> abstain(AbstentionRule(), typicality=0.5, probability=0.9) is None
    True
    """
    if typicality < rule.min_typicality:
        return Abstention.NONE_OF_THESE
    if probability < rule.min_probability:
        return Abstention.NOT_SURE
    return None
