"""One input has one answer and one report, by a workspace, the command line and Python alike."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.command import medmeta
from imaging.made_dicom import dicom_file
from pictures import write_files

from medmeta_core.analysis import adapt, analyse
from medmeta_core.casework import (
    Choice,
    Intake,
    ReportOrder,
    add_items,
    cases_of,
    report_job,
    start_adapting,
    start_classifying,
    start_report,
)
from medmeta_core.casework.example_folder import read_examples
from medmeta_core.imaging import read_folder, read_image
from medmeta_core.methods import METHODS
from medmeta_core.reporting import to_json
from medmeta_core.trust import prediction_to_json
from medmeta_core.workspace import Role, Store

LEVELS = {"bright": 190, "Dark": 60}
"""Two conditions whose names sort otherwise where capitals come first."""

PATIENCE_SECONDS = 120
OF_THE_PLACE = {"created", "workspace", "operator"}
OF_THE_STORE = {"session_sha256", "audit_head", "log_is_unbroken"}


def pixels(seed: int, level: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(-30, 30, (72, 96))
    return np.clip(noise + level, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {
        f"{name}/{k}.dcm": dicom_file(pixels(10 * level + k, level), PatientID=f"{name} {k // 2}")
        for name, level in LEVELS.items()
        for k in range(6)
    }
    files["Dark/broken.dcm"] = b"no picture"
    return write_files(tmp_path_factory.mktemp("set") / "eyes", files)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stranger, an image of a patient among the examples, and a file that cannot be read."""
    files = {
        "1.dcm": dicom_file(pixels(7, 120), PatientID="stranger"),
        "2.dcm": dicom_file(pixels(8, 60), PatientID="Dark 1"),
        "3.dcm": b"no picture",
    }
    return write_files(tmp_path_factory.mktemp("new"), files)


def of_workspace(store: Store, folder: Path, new: Path, method: str) -> dict[str, Any]:
    """The report of a workspace into which both folders were taken."""
    workspace = store.create_workspace("Rare eyes")
    for role, source in ((Role.EXAMPLE, folder), (Role.CASE, new)):
        items = read_folder(source, key=workspace.patient_key_secret)
        add_items(store, Intake(workspace, role), items)
    choice = Choice(method, METHODS[method].backbone)
    assert start_adapting(store, workspace.id, [choice]).wait(PATIENCE_SECONDS)
    (record,) = store.adaptations(workspace.id)
    cases = cases_of(store, workspace.id)
    assert start_classifying(store, record, cases).wait(PATIENCE_SECONDS)
    order = ReportOrder("MedMeta", "Dr Who", "en", tuple(case.id for case in cases))
    assert start_report(store, record, order).wait(PATIENCE_SECONDS)
    job = report_job(workspace.id)
    assert job is not None and job.state == "done", job and job.error
    return dict(json.loads(to_json(job.result.report)))


def of_command(out: Path, folder: Path, new: Path, method: str) -> dict[str, Any]:
    """The report of `medmeta report` on the same files."""
    files = sorted(new.iterdir())
    run = medmeta("report", "--examples", folder, "--out", out, "--method", method, *files)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(out.read_text(encoding="utf-8")))


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two JSON values differ; a number may by 1e-5, as embeddings come in other batches."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(one[key], other[key], f"{where}/{key}") for key in one if key != "seconds"]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(a, b, f"{where}/{i}") for i, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        is_number = isinstance(one, float) and isinstance(other, float)
        expected = pytest.approx(other, rel=1e-4, abs=1e-5) if is_number else other
        return [] if one == expected else [f"{where}: {one} {other}"]
    return [difference for a, b, place in pairs for difference in differences(a, b, place)]


@pytest.mark.parametrize("method", ["prototypical", "maml"])
def test_a_workspace_and_the_command_line_report_the_same(
    here: Store, folder: Path, new: Path, tmp_path: Path, method: str
) -> None:
    record = of_workspace(here, folder, new, method)
    written = of_command(tmp_path / "report.json", folder, new, method)
    assert [case["alias"] for case in written["cases"]] == ["C1", "C2"]
    assert written["cases"][1]["own_examples"]["relation"] == "same-patient"
    assert len(written["refused_inputs"]) == 2
    assert record.keys() == written.keys()
    for key in OF_THE_PLACE | OF_THE_STORE:
        del record[key], written[key]
    assert differences(record, written) == []


def test_python_gives_the_same_answer(folder: Path, new: Path, tmp_path: Path) -> None:
    written = of_command(tmp_path / "report.json", folder, new, "prototypical")
    adaptation = adapt(read_examples(folder).support)
    analysis = analyse(read_image((new / "1.dcm").read_bytes()), adaptation)
    prediction = json.loads(json.dumps(prediction_to_json(analysis.prediction)))
    assert differences(written["cases"][0]["prediction"], prediction) == []
