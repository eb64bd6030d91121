"""Where backbones lie: the shipped ones among the assets, the user's own among the user's files."""

from pathlib import Path

from medmeta_core.paths import assets_folder, default_folder


def shipped_folder() -> Path:
    """The backbones that come with the software."""
    return assets_folder() / "backbones"


def own_folder() -> Path:
    """The backbones that this user fetched or imported; it may not exist yet."""
    return default_folder().expanduser() / "backbones"


def shipped_names() -> tuple[str, ...]:
    """Names of the shipped backbones, in the order of the alphabet."""
    return _names(shipped_folder())


def own_names() -> tuple[str, ...]:
    """Names of the user's own backbones; none bears the name of a shipped one."""
    return tuple(name for name in _names(own_folder()) if name not in shipped_names())


def card_path(name: str) -> Path:
    """Where the card of an available backbone lies; the weights lie beside it."""
    folder = shipped_folder() if name in shipped_names() else own_folder()
    return folder / f"{name}.json"


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.json")))
