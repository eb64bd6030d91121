"""The methods as a visitor meets them: with the available backbones that each can use."""

from dataclasses import dataclass

from medmeta_core.casework import preferences_of
from medmeta_core.embedding.files.locations import card_path
from medmeta_core.embedding.files.method_weights import part_path
from medmeta_core.embedding.files.mirroring import backbones_offered, in_place_of
from medmeta_core.methods import members
from medmeta_core.selection import ALL_METHODS
from medmeta_core.workspace import Workspace


@dataclass(frozen=True)
class Offer:
    """The methods and backbones that can be chosen in a workspace.

    Attributes:
        left_right_matters: whether no backbone may look at mirrored views.
    """

    left_right_matters: bool

    @classmethod
    def of(cls, workspace: Workspace) -> "Offer":
        """What the workspace's setting leaves."""
        return cls(preferences_of(workspace).left_right_matters)

    def methods(self, family: str) -> tuple[str, ...]:
        """The methods of a family that can be used with some available backbone."""
        return tuple(name for name in members(family) if self.backbones(name))

    def backbones(self, method: str) -> tuple[str, ...]:
        """The available backbones that a method can work with."""
        part = ALL_METHODS[method].part
        names = backbones_offered(left_right_matters=self.left_right_matters)
        if not part:
            return names
        return tuple(name for name in names if part_path(card_path(name), part).is_file())

    def without_weights(self, method: str) -> tuple[str, ...]:
        """The other backbones: the method has learned nothing on them."""
        names = backbones_offered(left_right_matters=self.left_right_matters)
        return tuple(name for name in names if name not in self.backbones(method))

    def preferred(self, method: str) -> str:
        """The backbone that a method was made for, or another where it is not on offer."""
        suited, made_for = self.backbones(method), ALL_METHODS[method].backbone
        preferred = in_place_of(made_for, left_right_matters=self.left_right_matters)
        return preferred if preferred in suited else suited[0]
