"""Folders of examples as people keep them, through the command."""

import io
import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from command import medmeta
from imaging.made_dicom import dicom_file
from pictures import write_files
from PIL import Image


def pixels(seed: int, brightness: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(-30, 30, (72, 96))
    return np.clip(noise + brightness, 0, 255).astype(np.uint8)


def png(seed: int, brightness: int, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels(seed, brightness)).save(out, "PNG", **options)
    return out.getvalue()


def case(folder: Path) -> Path:
    return write_files(folder, {"case.png": png(99, 60)}) / "case.png"


def classified(examples: Path, *files: Path) -> tuple[dict, str]:
    run = medmeta("classify", "--examples", examples, "--json", "-", *files)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout), run.stderr


def test_one_patient_id_in_all_files_leaves_every_example_to_be_classified(tmp_path: Path) -> None:
    files = {
        f"{name}/{k}.dcm": dicom_file(pixels(k, level), PatientID="4711", PatientName="A^B")
        for name, level in (("dark", 60), ("light", 190))
        for k in range(4)
    }
    document, stderr = classified(write_files(tmp_path / "set", files), case(tmp_path))
    assert document["leave_one_out"]["n_judged"] == 8
    assert document["leave_one_out"]["by_patient"] is False
    (note,) = document["example_notes"]
    assert note["rule"] == "one-patient-id" and len(note["examples"]) == 8
    assert "patients are unknown" in stderr and "8 of 8 examples could be left out" in stderr


def test_a_folder_below_a_condition_is_a_patient(tmp_path: Path) -> None:
    files = {
        f"{name}/{name} {k // 2}/{k}.png": png(k, level)
        for name, level in (("dark", 60), ("light", 190))
        for k in range(4)
    }
    document, _ = classified(write_files(tmp_path / "set", files), case(tmp_path))
    assert [condition["name"] for condition in document["conditions"]] == ["dark", "light"]
    assert document["leave_one_out"]["n_with_patient"] == 8
    assert document["leave_one_out"]["n_folds"] == 4


def test_one_name_in_two_spellings_is_one_condition(tmp_path: Path) -> None:
    name = "érythème"
    files = {f"{unicodedata.normalize('NFC', name)}/{k}.png": png(k, 60) for k in range(2)}
    files |= {f"{unicodedata.normalize('NFD', name)} /{k}.png": png(5 + k, 60) for k in range(2)}
    files |= {f"sain/{k}.png": png(9 + k, 190) for k in range(3)}
    document, _ = classified(write_files(tmp_path / "set", files), case(tmp_path))
    assert document["conditions"] == [
        {"name": "sain", "n_examples": 3},
        {"name": name, "n_examples": 4},
    ]


def test_a_name_too_long_costs_that_folder_alone(tmp_path: Path) -> None:
    files = {f"{'x' * 146}/{k}.png": png(k, 120) for k in range(2)}
    files |= {f"{n}/{k}.png": png(9 + k, v) for n, v in (("a", 60), ("b", 190)) for k in range(2)}
    document, _ = classified(write_files(tmp_path / "set", files), case(tmp_path))
    assert [condition["name"] for condition in document["conditions"]] == ["a", "b"]
    refused = document["refused_examples"]
    assert [(one["file"], one["rule"]) for one in refused] == [
        (f"{'x' * 146}/{k}.png", "condition-name") for k in range(2)
    ]
    assert "146" in refused[0]["message"]


@pytest.mark.parametrize("command", ["classify", "report", "evaluate"])
def test_one_picture_in_all_files_ends_in_one_line(command: str, tmp_path: Path) -> None:
    one = png(1, 60), png(1, 60, compress_level=1)  # other bytes, the same picture
    files = {f"{name}/{k}.png": one[k % 2] for name in ("a", "b") for k in range(3)}
    folder, query = write_files(tmp_path / "set", files), case(tmp_path)
    arguments = {
        "classify": ["classify", "--examples", folder, query],
        "report": ["report", "--examples", folder, "--out", tmp_path / "r.pdf", query],
        "evaluate": ["evaluate", folder],
    }[command]
    run = medmeta(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.strip().splitlines()
    assert "All 6 examples show the same picture" in line


def test_a_duplicate_picture_is_reported(tmp_path: Path) -> None:
    files = {
        "a/1.png": png(1, 60),
        "a/2.png": png(1, 60, compress_level=1),
        "a/3.png": png(3, 60),
        "b/4.png": png(4, 190),
        "b/5.png": png(3, 60),
    }
    document, stderr = classified(write_files(tmp_path / "set", files), case(tmp_path))
    notes = {note["rule"]: note["examples"] for note in document["example_notes"]}
    assert notes == {
        "same-picture-in-two-conditions": ["a/3.png", "b/5.png"],
        "same-picture": ["a/1.png", "a/2.png"],
    }
    assert "a/3.png, b/5.png" in stderr


def test_fewer_than_five_classified_give_counts_and_no_share(tmp_path: Path) -> None:
    files = {f"{n}/{k}.png": png(k, v) for n, v in (("a", 60), ("b", 190)) for k in range(2)}
    document, stderr = classified(write_files(tmp_path / "set", files), case(tmp_path))
    figures = document["leave_one_out"]
    assert (figures["n_judged"], figures["n_examples"]) == (4, 4)
    assert figures["accuracy"] is figures["accuracy_interval"] is None
    assert "4 of 4 examples could be left out" in stderr and "%" not in stderr


def test_a_case_of_a_patient_among_the_examples_is_classified_without_that_patient(
    tmp_path: Path,
) -> None:
    files = {
        f"{name}/{k}.dcm": dicom_file(pixels(k, level), PatientID=f"{name} {k // 2}")
        for name, level in (("dark", 60), ("light", 190))
        for k in range(4)
    }
    examples = write_files(tmp_path / "set", files)
    queries = {
        "patient.dcm": dicom_file(pixels(77, 60), PatientID="dark 1"),
        "stranger.dcm": dicom_file(pixels(78, 60), PatientID="dark 9"),
        "copy.dcm": dicom_file(pixels(0, 190), PatientID="light 0", StudyID="1"),
    }
    write_files(tmp_path / "new", queries)
    run = medmeta(
        *("classify", "--examples", examples, "--json", "-"),
        *(tmp_path / "new" / name for name in queries),
    )
    of_patient, stranger, copy = json.loads(run.stdout)["files"]
    assert of_patient["own_examples"]["relation"] == "same-patient"
    assert of_patient["own_examples"]["left_out"] == ["dark/2.dcm", "dark/3.dcm"]
    similar = {one["example"] for one in of_patient["similar_cases"]}
    assert similar.isdisjoint(of_patient["own_examples"]["left_out"]) and "dark/0.dcm" in similar
    assert stranger["own_examples"] is None
    assert copy["own_examples"]["relation"] == "same-picture"
    assert copy["own_examples"]["examples"] == ["light/0.dcm"]
    assert copy["own_examples"]["left_out"] == ["light/0.dcm", "light/1.dcm"]


def test_the_answer_without_an_example_is_that_of_a_set_without_it(tmp_path: Path) -> None:
    files = {f"{n}/{k}.png": png(k, v) for n, v in (("a", 60), ("b", 190)) for k in range(4)}
    whole = write_files(tmp_path / "whole", files)
    query = whole / "a" / "1.png"
    reduced = write_files(tmp_path / "left", {k: v for k, v in files.items() if k != "a/1.png"})
    (answer,), (expected,) = (classified(folder, query)[0]["files"] for folder in (whole, reduced))
    assert answer["own_examples"]["left_out"] == ["a/1.png"] and not expected["own_examples"]
    for one, other in zip(answer["ranked"], expected["ranked"], strict=True):
        assert one["condition"] == other["condition"]
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-5)
        assert one["interval"] == pytest.approx(other["interval"], abs=1e-5)
    assert answer["typicality"] == pytest.approx(expected["typicality"], abs=1e-5)
    assert [s["example"] for s in answer["similar_cases"]] == [
        s["example"] for s in expected["similar_cases"]
    ]


def test_the_last_example_of_its_condition_is_not_classified_and_the_report_says_why(
    tmp_path: Path,
) -> None:
    files = {"a/0.png": png(1, 60), **{f"b/{k}.png": png(9 + k, 190) for k in range(3)}}
    folder, out = write_files(tmp_path / "set", files), tmp_path / "report.json"
    queries = [folder / "a/0.png", folder / "b/1.png"]
    document, _ = classified(folder, *queries)
    first, second = document["files"]
    assert first["not_judged"]["examples"] == ["a/0.png"]
    assert "It was not classified" in first["not_judged"]["message"]
    assert second["own_examples"]["relation"] == "same-file"
    run = medmeta("report", "--examples", folder, "--out", out, *queries)
    assert "C1: This case is the same file as example E1. It was not classified" in run.stderr
    written = json.loads(out.read_text())
    (unclassified,) = written["unjudged_cases"]
    assert (unclassified["alias"], unclassified["own_examples"]["examples"]) == ("C1", ["E1"])
    (case_two,) = written["cases"]
    assert (case_two["alias"], case_two["own_examples"]["examples"]) == ("C2", ["E3"])


def test_the_shared_sets_come_out_as_their_readme_says(shared: Path) -> None:
    field = shared / "field"
    if not field.is_dir():
        pytest.skip("needs ../shared/field, which is absent here")
    foreign = field / "set_one_patient_id_query_foreign.png"
    document, stderr = classified(field / "set_one_patient_id", foreign)
    assert document["files"][0]["abstention"] == "none-of-these"
    assert "patients are unknown" in stderr
    document, _ = classified(field / "set_class_patient", foreign)
    assert document["leave_one_out"]["n_with_patient"] == 8
    document, _ = classified(field / "set_nfc_nfd", foreign)
    assert [one["n_examples"] for one in document["conditions"]] == [3, 6]


def test_where_no_image_could_be_classified_the_command_says_so_and_fails(tmp_path: Path) -> None:
    """The only case is the last example of its condition; a file that cannot be read is none."""
    files = {"a/0.png": png(1, 60), **{f"b/{k}.png": png(9 + k, 190) for k in range(3)}}
    folder = write_files(tmp_path / "set", files | {"b/broken.png": b"no picture"})
    out = tmp_path / "report.json"
    report = medmeta("report", "--examples", folder, "--out", out, folder / "a/0.png")
    assert report.returncode == 2 and out.is_file()
    assert report.stdout.strip().endswith("0 images, 1 not classified, 1 refused")
    answer = medmeta("classify", "--examples", folder, folder / "a/0.png")
    assert answer.returncode == 2 and "It was not classified" in answer.stdout


@pytest.mark.parametrize("command", ["classify", "report"])
def test_an_example_that_is_refused_is_reported_to_a_person_too(
    tmp_path: Path, command: str
) -> None:
    files = {f"{n}/{k}.png": png(k, v) for n, v in (("a", 60), ("b", 190)) for k in range(3)}
    folder = write_files(tmp_path / "set", files | {"b/broken.png": b"no picture"})
    options = ["--out", tmp_path / "report.json"] if command == "report" else []
    run = medmeta(command, "--examples", folder, *options, case(tmp_path))
    assert run.returncode == 0
    assert "b/broken.png: refused: " in run.stderr
