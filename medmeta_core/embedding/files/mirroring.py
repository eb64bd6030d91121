"""Which backbones take the place of which where left and right matter."""

from medmeta_core.embedding.files.weights import backbone_card, backbone_names


def with_or_without_mirrored(*, left_right_matters: bool) -> dict[str, str]:
    """The backbones at hand, and by which of them each is to be replaced; mostly itself.

    Args:
        left_right_matters: whether a mirrored picture would be another finding. A backbone that
            looks at mirrored views is then replaced by the one that its card names; where they
            do not matter, it is the other way round.
    """
    names = backbone_names()
    unmirrored = {name: backbone_card(name).unmirrored for name in names}
    pairs = {name: other for name, other in unmirrored.items() if other in names}
    if not left_right_matters:
        pairs = {other: name for name, other in pairs.items()}
    return {name: pairs.get(name, name) for name in names}
