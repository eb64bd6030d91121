"""Which conditions of a set a backbone was trained on, by its card."""

from collections.abc import Sequence

from medmeta_core.embedding import ModelCard


def seen_conditions(card: ModelCard, folder_name: str, conditions: Sequence[str]) -> list[str]:
    """The conditions of the set in a folder of this name that the backbone has seen.

    A card states for every set it was trained on which conditions were held out.

    >>> facts = {"trained_on": ["skin"], "data": [{"set": "skin", "held_out": ["df"]}]}
    >>> card = ModelCard("net", "conv4", 64, "", facts=facts)
    >>> seen_conditions(card, "skin", ["df", "mel"])
    ['mel']
    >>> seen_conditions(card, "teeth", ["molar"])
    []
    """
    if folder_name not in card.facts.get("trained_on", ()):
        return []
    held_out = {
        condition
        for entry in card.facts.get("data", ())
        if entry.get("set") == folder_name
        for condition in entry.get("held_out", ())
    }
    return [condition for condition in conditions if condition not in held_out]
