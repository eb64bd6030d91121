"""The whole way without a screen: files → store → adapt → analyse → session file → the same."""

from pathlib import Path

import pytest
import torch

from medmeta_core.analysis import Adaptation, adapt, analyse
from medmeta_core.demo import demo_sets
from medmeta_core.episodes import SupportSet
from medmeta_core.imaging import MedicalImage, ReadItem, read_folder
from medmeta_core.paths import assets_folder
from medmeta_core.trust import Prediction
from medmeta_core.workspace import (
    NewImage,
    Role,
    Store,
    read_session_file,
    write_session_file,
)

DEMO = {demo.name: demo for demo in demo_sets(assets_folder())}


def _read(folder: Path) -> list[tuple[str, str, MedicalImage]]:
    """(condition, name, image) of each image below a folder."""
    return [
        (Path(item.folder).name, item.name, image)
        for item in read_folder(folder)
        if isinstance(item, ReadItem)
        for image in item.images
    ]


def _filled(store: Store, demo: str) -> str:
    """The id of a workspace that holds the examples and cases of a demo set."""
    workspace = store.create_workspace(demo)
    folder = DEMO[demo].folder
    examples = [
        NewImage(image, name, Role.EXAMPLE, condition)
        for condition, name, image in _read(folder / "examples")
    ]
    cases = [NewImage(image, name, Role.CASE) for _, name, image in _read(folder / "cases")]
    store.add_images(workspace.id, examples + cases)
    return workspace.id


def _adapted(store: Store, workspace_id: str, method: str) -> Adaptation:
    images: dict[str, list[MedicalImage]] = {}
    for stored in store.images(workspace_id, role=Role.EXAMPLE):
        images.setdefault(str(stored.condition), []).append(store.read_image(stored.id))
    return adapt(SupportSet.from_images(images), method=method)


def _predictions(store: Store, workspace_id: str, method: str) -> list[Prediction]:
    adaptation = _adapted(store, workspace_id, method)
    return [
        analyse(store.read_image(case.id), adaptation, with_heat_map=False).prediction
        for case in store.images(workspace_id, role=Role.CASE)
    ]


@pytest.mark.parametrize("method", ["prototypical", "maml"])
def test_a_session_file_round_trips_to_identical_predictions(tmp_path: Path, method: str) -> None:
    here, other_store = Store.open(tmp_path / "here"), Store.open(tmp_path / "there")
    workspace_id = _filled(here, "blood_smear")
    opened = read_session_file(other_store, write_session_file(here, workspace_id))
    assert _predictions(other_store, opened.id, method) == _predictions(here, workspace_id, method)


def test_the_demo_conditions_are_learned_from_a_handful_of_examples(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    adaptation = _adapted(store, _filled(store, "blood_smear"), "prototypical")
    figures = adaptation.cross_validation
    assert figures.accuracy_interval[0] > 1 / len(figures.conditions)  # better than chance


def test_dicom_patients_are_left_out_whole(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    adaptation = _adapted(store, _filled(store, "chest_radiograph"), "prototypical")
    assert adaptation.cross_validation.by_patient
    assert adaptation.cross_validation.n_folds < len(adaptation.support)


def test_an_answer_has_its_grounds(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    workspace_id = _filled(store, "blood_smear")
    adaptation = _adapted(store, workspace_id, "prototypical")
    image = store.read_image(store.images(workspace_id, role=Role.CASE)[0].id)
    analysis = analyse(image, adaptation)
    assert analysis.explanation is not None
    assert analysis.explanation.condition == analysis.prediction.first
    assert sum(analysis.prediction.probabilities) == pytest.approx(1)
    for p, (low, high) in zip(
        analysis.prediction.probabilities, analysis.prediction.intervals, strict=True
    ):
        assert low <= p <= high
    nearest = analysis.prediction.similar_cases[0]
    assert adaptation.support.conditions[int(adaptation.support.labels[nearest.index])] == (
        nearest.condition
    )


def test_noise_is_none_of_these(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    adaptation = _adapted(store, _filled(store, "blood_smear"), "prototypical")
    noise = torch.rand(3, 224, 224, generator=torch.Generator().manual_seed(0)).numpy()
    analysis = analyse(MedicalImage(noise, "OT", "0"), adaptation, with_heat_map=False)
    assert analysis.prediction.abstention == "none-of-these"


def test_a_foreign_modality_is_none_of_these(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    adaptation = _adapted(store, _filled(store, "blood_smear"), "prototypical")
    films = [image for _, _, image in _read(DEMO["chest_radiograph"].folder / "examples")]
    predictions = [analyse(film, adaptation, with_heat_map=False).prediction for film in films]
    strange = [prediction.abstention == "none-of-these" for prediction in predictions]
    assert sum(strange) >= 0.9 * len(films)
