"""The sets that results are measured on, decoded once and embedded once for each backbone.

What was read and embedded is kept below a cache folder, so that a run that was stopped goes on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from medmeta_core.datasets import LabelledSet, read_labelled_set
from medmeta_core.embedding import Backbone
from medmeta_core.evaluation import embed_all
from medmeta_core.imaging.manifest import manifest_rows

SIDE = 224
DECIDING = (
    "actualmed_covid_cxr",
    "bone_xray_cancer",
    "brain_tumor_mri",
    "dental_tooth_crops",
    "dermnet_growths",
    "dermnet_infection",
    "dermnet_inflammatory_a",
    "dermnet_inflammatory_b",
    "fundus_eye_disease",
    "head_ct_hemorrhage",
    "herlev_pap_smear",
    "odir_fundus_mini",
    "ham10000: df, vasc",
    "wbc_zheng",
)
"""The sets never trained on by which backbones were compared from the beginning."""

PATIENT_COLUMNS = ("group", "patientid")


@dataclass(frozen=True)
class MeasuredSet:
    """A set, or some conditions of one.

    Attributes:
        name: as told in the table.
        folder: where it lies.
        only: the conditions measured; empty for all.
    """

    name: str
    folder: Path
    only: tuple[str, ...] = ()

    @property
    def patients(self) -> str | None:
        """The column that tells patients, slides or originals apart; None where none does."""
        rows = manifest_rows(self.folder)
        return next((c for c in PATIENT_COLUMNS if _tells_patients(rows, c)), None)


def measured_sets(root: Path) -> list[MeasuredSet]:
    """Every set below `root`, and the conditions of ham10000 held out from every training."""
    sets = [MeasuredSet(f.name, f) for f in sorted((root / "images").iterdir()) if f.is_dir()]
    held_out = [
        MeasuredSet("ham10000: df, vasc", one.folder, ("df", "vasc"))
        for one in sets
        if one.name == "ham10000"
    ]
    cells = root / "segmentation" / "wbc_zheng"
    return [*sets, *held_out, *([MeasuredSet(cells.name, cells)] if cells.is_dir() else [])]


def read_set(one: MeasuredSet, cache: Path) -> LabelledSet:
    """The pictures of a set at 224 px; of a part of a set only that part."""
    file = cache / "pictures" / f"{one.folder.name}-{digest_of(one.folder)}.pt"
    if file.exists():
        pixels, labels, conditions, groups = torch.load(file)
        labelled = LabelledSet(pixels, labels, tuple(conditions), tuple(groups), ())
    else:
        labelled = read_labelled_set(one.folder, side=SIDE, group=one.patients)
        content = (labelled.pixels, labelled.labels, labelled.conditions, labelled.groups)
        _save(content, file)
    return labelled.only(one.only) if one.only else labelled


def features_of(one: MeasuredSet, labelled: LabelledSet, backbone: Backbone, cache: Path) -> Tensor:
    """Embeddings (n, d) of all pictures of a set by a backbone."""
    part = "-".join((digest_of(one.folder), *one.only))
    file = cache / "features" / backbone.card.sha256[:16] / f"{one.folder.name}-{part}.pt"
    if not file.exists():
        _save(embed_all(backbone, labelled), file)
    features: Tensor = torch.load(file)
    return features


def _tells_patients(rows: Sequence[dict[str, str]], column: str) -> bool:
    """Whether every condition has two of them, and some picture shares its own with another."""
    named = [(row.get("cls"), row[column]) for row in rows if row.get(column)]
    of_condition = Counter(condition for condition, _ in set(named))
    patients = {patient for _, patient in named}
    conditions = {row.get("cls") for row in rows}
    return len(patients) < len(named) and all(of_condition[c] > 1 for c in conditions)


def digest_of(folder: Path) -> str:
    """Of the manifest: a set that was changed is read anew."""
    return sha256((folder / "manifest.csv").read_bytes()).hexdigest()[:8]


def _save(content: object, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(target)
