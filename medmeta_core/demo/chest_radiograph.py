"""The set "chest radiograph": four conditions as DICOM files, several of some patients."""

from collections.abc import Iterator

import numpy as np

from medmeta_core.demo.canvas import Field, Grid, blurred
from medmeta_core.demo.chest_anatomy import chest_of
from medmeta_core.demo.chest_findings import (
    Finding,
    consolidation,
    effusion,
    nodules,
    reticulation,
)
from medmeta_core.demo.chest_patient import Patient
from medmeta_core.demo.dicom_file import Radiograph, dicom_bytes
from medmeta_core.demo.lettering import lettered, place_of_mark

SIDE = 288
FIELD_CM = 34.5
IMAGES_OF_PATIENTS = (2, 2, 1, 1)

TITLE = "Chest radiograph"
TEXT = (
    "Synthetic chest radiographs as DICOM files: four conditions, two of them rare; two images of "
    "some patients; six new cases, one of which belongs to none of the conditions."
)

CONDITIONS: dict[str, Finding | None] = {
    "Clear": None,
    "Nodular pattern (rare)": nodules,
    "Reticular pattern (rare)": reticulation,
    "Effusion-like": effusion,
}
CASES: tuple[Finding | None, ...] = (
    reticulation,
    effusion,
    nodules,
    consolidation,
    None,
    nodules,
)


def chest_radiograph_pictures(seed: int) -> Iterator[tuple[str, bytes]]:
    """(path within the set, DICOM file) of every picture, the same for the same seed."""
    for number, (condition, finding) in enumerate(CONDITIONS.items()):
        for person, n_images in enumerate(IMAGES_OF_PATIENTS):
            for image in range(n_images):
                name = f"{number + 1}{person + 1}"
                path = f"examples/{condition}/chest-{name}{'ab'[image]}.dcm"
                yield path, _file(finding, name, seeds=(seed, 0, number, person), image=image)
    for number, finding in enumerate(CASES):
        name = f"9{number + 1}"
        yield f"cases/case-{number + 1}.dcm", _file(finding, name, seeds=(seed, 1, number), image=0)


def _file(finding: Finding | None, name: str, *, seeds: tuple[int, ...], image: int) -> bytes:
    patient = Patient.random(np.random.default_rng(seeds))
    rng = np.random.default_rng((*seeds, image))
    return dicom_bytes(
        Radiograph(
            field=_exposed(finding, patient, rng),
            spacing_mm=10 * FIELD_CM / SIDE,
            patient=f"SYNTHETIC-{name}",
            image_number=image + 1,
            is_inverted=bool(patient.seed % 3 == 0),
        )
    )


def _exposed(finding: Finding | None, patient: Patient, rng: np.random.Generator) -> Field:
    """(h, w) in [0, 1]: one exposure of the patient, bright where the ray was stopped."""
    pose = rng.normal(0, 0.35), rng.normal(-0.5, 0.35)
    grid = Grid.square(SIDE, FIELD_CM * rng.uniform(0.98, 1.03) / SIDE)
    grid = grid.around(pose, turn=rng.normal(0, 0.025))
    chest = chest_of(patient, grid, breath=rng.normal(0, 0.5))
    tissue = chest.tissue
    if finding is not None:
        tissue = tissue + finding(chest, grid, np.random.default_rng((patient.seed, 1)))
    scattered = 0.80 * tissue + 0.20 * blurred(tissue, 3.5 / grid.step)
    dark, bright = np.percentile(scattered, (4, 99.7))
    level = (scattered - dark) / (bright - dark) - rng.uniform(0.50, 0.57)
    curve = 1 / (1 + np.exp(-rng.uniform(4.5, 5.3) * level))
    grain = blurred(rng.standard_normal(tissue.shape), 0.5) * rng.uniform(0.010, 0.022)
    return _marked(np.clip(curve + grain * (0.5 + curve), 0, 1))


def _marked(field: Field) -> Field:
    """With the side marker that a radiographer lays on the film, and the word SYNTHETIC."""
    for place, word, scale in (
        (place_of_mark(SIDE, scale=1), "SYNTHETIC", 1),
        ((slice(14, 29), slice(14, 26)), "R", 3),
    ):
        field[place] = np.maximum(field[place], lettered(word, scale=scale))
    return field
