"""What a workspace remembers of how it is looked at: kept in the store, so that all tabs agree."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from medmeta_core.trust import AbstentionRule
from medmeta_core.workspace import Store, Workspace

FIELD = "preferences"
"""Where in the workspace's settings they stand."""


@dataclass(frozen=True)
class Preferences:
    """Settings of the pages after Examples.

    Attributes:
        adaptation_id: the adaptation that was chosen; "" for the newest.
        min_typicality, min_right: the thresholds of `AbstentionRule`.
        commits_first: whether the reviewer names a condition before the answer shows.
        operator: who classifies; stands beside verdicts and in reports.
        left_right_matters: whether a mirrored picture would be another finding; then no backbone
            that looks at mirrored views is offered.
    """

    adaptation_id: str = ""
    min_typicality: float = AbstentionRule().min_typicality
    min_right: float = AbstentionRule().min_right
    commits_first: bool = False
    operator: str = ""
    left_right_matters: bool = False

    @property
    def rule(self) -> AbstentionRule:
        """The thresholds under which no condition is named."""
        return AbstentionRule(self.min_typicality, self.min_right)


def preferences_of(workspace: Workspace) -> Preferences:
    """The preferences of a workspace; settings of another version are passed over."""
    return _preferences_in(workspace.settings)


def change_preferences(store: Store, workspace_id: str, **changes: object) -> Preferences:
    """The preferences after some of them have changed; they are in the store by then."""

    def change(settings: Mapping[str, Any]) -> Mapping[str, Any]:
        changed = replace(_preferences_in(settings), **changes)  # type: ignore[arg-type]
        return {**settings, FIELD: asdict(changed)}

    return preferences_of(store.change_settings(workspace_id, change))


def _preferences_in(settings: Mapping[str, Any]) -> Preferences:
    stored = settings.get(FIELD, {})
    names = {field.name for field in fields(Preferences)}
    return Preferences(**{name: value for name, value in stored.items() if name in names})
