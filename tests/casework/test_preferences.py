from concurrent.futures import ThreadPoolExecutor

from medmeta_core.casework import Preferences, change_preferences, preferences_of
from medmeta_core.workspace import Store


def test_of_preferences_changed_at_once_none_is_lost(here: Store) -> None:
    workspace = here.create_workspace("Rare eyes")
    changes = {"operator": "Dr Who", "commits_first": True, "min_typicality": 0.5}
    with ThreadPoolExecutor(len(changes)) as threads:
        for name, value in changes.items():
            threads.submit(change_preferences, here, workspace.id, **{name: value})
    preferences = preferences_of(here.workspace(workspace.id))
    assert preferences == Preferences(operator="Dr Who", commits_first=True, min_typicality=0.5)
