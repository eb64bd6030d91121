"""What the folders above a file say of it: its condition, and its patient where they tell.

The first folder below the chosen one names the condition, as in torchvision's ImageFolder; a
folder below a condition is a patient (decision 026). Uploads, zips and folders on disk are
labelled here and nowhere else.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from medmeta_core.imaging.names import MAX_NAME_LENGTH, clean_name, is_cleaned, is_ignored


@dataclass(frozen=True)
class FolderLabel:
    """What the folders say of a file.

    Attributes:
        condition: the cleaned name of the first folder; None where the file lies in no folder,
            or in one whose name can be no condition's.
        patient: the cleaned name of the folder below it, equal for pictures of one patient; None
            where there is none, or where each holds a single file and so tells nothing.
        names: of all folders above the file, cleaned, the chosen folder's own left out.
        is_cleaned: whether spaces or unseen characters were left out of the condition's name.
    """

    condition: str | None = None
    patient: str | None = None
    names: tuple[str, ...] = ()
    is_cleaned: bool = False

    @property
    def folder(self) -> str | None:
        """The first folder's cleaned name, whatever its length; None where there is none."""
        return self.names[0] if self.names else None

    @property
    def is_nameless(self) -> bool:
        """Whether the file lies in a folder whose name can be no condition's."""
        return self.condition is None and self.folder is not None


NO_LABEL = FolderLabel()

Labels = dict[str, FolderLabel]
"""{folder with slashes, as it came: what it says}"""


def labels_below(
    paths: Iterable[str], *, above: FolderLabel = NO_LABEL, has_wrapper: bool = False
) -> Labels:
    """The labels of all folders that hold one of these files.

    Args:
        paths: of all files of one source, with slashes; what is passed over does not count.
        above: the label of the source itself (a zip within a folder).
        has_wrapper: whether a single outermost folder that holds folders is the chosen folder
            itself, as browsers and packers put it before every path.

    >>> labels = labels_below(["eyes/red/a.png", "eyes/calm/b.png"], has_wrapper=True)
    >>> {folder: label.condition for folder, label in labels.items()}
    {'eyes/red': 'red', 'eyes/calm': 'calm'}
    """
    folders = [PurePosixPath(path).parent for path in paths if not is_ignored(path)]
    n_skipped = 1 if has_wrapper and _has_wrapper(folders) else 0
    parts = {
        folder: (*above.names, *map(clean_name, folder.parts[n_skipped:]))
        for folder in set(folders)
    }
    holds = Counter(parts[folder][:2] for folder in folders)
    tells_patients = any(n > 1 for names, n in holds.items() if len(names) > 1)
    labels = {
        folder: _label(parts[folder], tells_patients=tells_patients)
        for folder in dict.fromkeys(folders)
    }
    return {
        folder_key(folder): replace(label, is_cleaned=_is_cleaned(folder.parts[n_skipped:], above))
        for folder, label in labels.items()
    }


def _is_cleaned(folders: Sequence[str], above: FolderLabel) -> bool:
    return above.is_cleaned if above.names or not folders else is_cleaned(folders[0])


def _has_wrapper(folders: Iterable[PurePosixPath]) -> bool:
    inside = [folder.parts for folder in folders if folder.parts]
    return len({parts[0] for parts in inside}) == 1 and any(len(parts) > 1 for parts in inside)


def _label(names: tuple[str, ...], *, tells_patients: bool) -> FolderLabel:
    if not names:
        return NO_LABEL
    is_usable = 1 <= len(names[0]) <= MAX_NAME_LENGTH
    patient = names[1] if tells_patients and len(names) > 1 else ""
    return FolderLabel(names[0] if is_usable else None, patient or None, names)


def folder_key(folder: PurePosixPath) -> str:
    """The folder as `Labels` name it: "" for the source itself."""
    return "" if folder == PurePosixPath() else folder.as_posix()
