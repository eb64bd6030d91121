"""The command `medmeta`, run as its users run it."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from command import medmeta, medmeta_process
from pictures import write_folder
from PIL import Image

from medmeta_core.cli.console import finite
from medmeta_core.embedding import DEFAULT_BACKBONE


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("examples"), {"flu": 4, "cold": 4, "cough": 4})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = write_folder(tmp_path_factory.mktemp("new"), {"x": 6, "y": 6})  # 0 to 3 are examples
    broken = folder / "broken.png"
    broken.write_bytes(b"not a picture")
    return [folder / "x" / "5.png", broken, folder / "y" / "5.png"]


def test_classify_answers_each_file_and_refuses_what_it_cannot_read(
    examples: Path, files: list[Path]
) -> None:
    run = medmeta_process("classify", "--examples", examples, "--json", "-", *files)
    assert run.returncode == 0, run.stderr
    document = json.loads(run.stdout)  # standard output carries nothing else
    first, refused, last = document["files"]
    for answer in (first, last):
        assert sum(entry["probability"] for entry in answer["ranked"]) == pytest.approx(1)
        assert {"abstention", "similar_cases", "typicality"} <= set(answer)
        assert answer["similar_cases"][0]["example"].count("/") == 1
    assert refused["refused"]["rule"]
    assert document["conditions"] == [
        {"name": name, "n_examples": 4} for name in ("cold", "cough", "flu")
    ]


def test_an_example_is_classified_without_itself(examples: Path) -> None:
    run = medmeta("classify", "--examples", examples, "--json", "-", examples / "flu" / "0.png")
    (answer,) = json.loads(run.stdout)["files"]
    assert answer["own_examples"]["relation"] == "same-file"
    assert answer["own_examples"]["examples"] == ["flu/0.png"]
    assert "flu/0.png" not in [one["example"] for one in answer["similar_cases"]]
    assert answer["similar_cases"][0]["condition"] == "flu"
    assert answer["similar_cases"][0]["similarity"] < 1 - 1e-5


def test_without_json_a_person_reads_a_line_for_each_file(
    examples: Path, files: list[Path]
) -> None:
    run = medmeta("classify", "--examples", examples, "--method", "maml", *files)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.strip().splitlines()) == 2
    assert "refused" in run.stderr


def test_evaluate_writes_the_figures(examples: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run = medmeta(
        "evaluate",
        examples,
        "--way",
        "5",
        "--shot",
        "1",
        "--query",
        "2",
        "--episodes",
        "4",
        "--seed",
        "7",
        "--json",
        out,
    )
    assert run.returncode == 0, run.stderr
    figures = json.loads(out.read_text())
    assert figures["way"] == 3  # as many as there are
    assert 0 <= figures["accuracy"]["low"] <= figures["accuracy"]["mean"] <= 1
    assert {"balanced_accuracy", "expected_calibration_error", "seconds_per_episode"} <= set(
        figures
    )
    assert figures["trained_on"] is False
    assert (figures["trained_on_compared"], figures["images_trained_on"]) == ("files", 0)


def test_evaluate_recognises_a_renamed_set_that_was_trained_on(
    tmp_path: Path, shared: Path
) -> None:
    for name in ("eosinophil", "lymphocyte"):
        images = sorted((shared / "data/images/pbc_blood_cells").rglob(f"{name}/*.jpg"))[:3]
        assert len(images) == 3
        for k, image in enumerate(images):
            place = tmp_path / "mine" / name / f"{k}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(image.read_bytes())
    figures, table = tmp_path / "figures.json", tmp_path / "table.md"
    options = ("--way", "2", "--shot", "1", "--episodes", "2", "--json", figures)
    run = medmeta("evaluate", tmp_path / "mine", *options, "--markdown", table)
    assert run.returncode == 0, run.stderr
    assert f"{DEFAULT_BACKBONE} was trained on 6 of these image files" in run.stderr
    found = json.loads(figures.read_text())
    assert (found["trained_on"], found["images_trained_on"]) == (True, 6)
    assert found["conditions_trained_on"] == ["eosinophil", "lymphocyte"]
    assert f"| prototypical on {DEFAULT_BACKBONE} | yes |" in table.read_text()


def test_evaluate_reports_the_files_that_it_cannot_read(examples: Path, tmp_path: Path) -> None:
    for path in sorted(path for path in examples.rglob("*.*") if path.is_file()):
        place = tmp_path / path.relative_to(examples)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())
    condition = next(path for path in sorted(tmp_path.iterdir()) if path.is_dir())
    (condition / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (condition / "empty.png").write_bytes(b"")
    small = ["--way", "2", "--shot", "1", "--query", "1", "--episodes", "2", "--no-calibrate"]
    run = medmeta("evaluate", tmp_path, *small)
    assert run.returncode == 0, run.stderr
    assert f"2 files of {tmp_path.name} cannot be read, left out; the first: " in run.stderr
    assert f"{condition.name}/cut.png: " in run.stderr


def test_evaluate_compares_methods_across_two_sets(examples: Path, tmp_path: Path) -> None:
    out, table = tmp_path / "figures.json", tmp_path / "figures.md"
    listed = sorted(path for path in examples.rglob("*.*") if path.is_file())
    queries = tmp_path / "queries"
    for path in listed:
        place = queries / path.relative_to(examples)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())
    names = [path.relative_to(queries).as_posix() for path in sorted(queries.rglob("*.*"))]
    rows = [f"{name},{name.split('/')[0]}" for name in names[1:]]
    (queries / "manifest.csv").write_text("\n".join(["file,cls", f"{names[0]},", *rows]))
    arguments = ["--method", "prototypical", "--method", "automatic", "--queries", queries]
    small = ["--shot", "1", "--query", "2", "--episodes", "3", "--no-calibrate"]
    run = medmeta("evaluate", examples, *arguments, *small, "--json", out, "--markdown", table)
    assert run.returncode == 0, run.stderr
    assert "1 file of queries without a condition in manifest.csv, left out" in run.stderr
    content = json.loads(out.read_text())
    first, second = content["compared"]
    assert (first["method"], second["method"]) == ("prototypical", "automatic")
    assert first["queries_from"] == "queries"
    assert first["n_without_condition"] == 1
    (difference,) = content["differences"]
    gap = first["balanced_accuracy"]["mean"] - second["balanced_accuracy"]["mean"]
    assert difference["over_episodes"]["mean"] == pytest.approx(gap)
    assert "| condition | images | recall | precision | AUC |" in table.read_text()


@pytest.mark.parametrize("suffix", [".pdf", ".html", ".csv", ".json"])
def test_report_writes_every_format(
    examples: Path, files: list[Path], tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"report{suffix}"
    run = medmeta("report", "--examples", examples, "--out", out, *files)
    assert run.returncode == 0, run.stderr
    assert out.stat().st_size > 1_000
    assert out.read_bytes().startswith(b"%PDF") == (suffix == ".pdf")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["classify", "--examples", "no-such-folder", __file__], "no-such-folder"),
        (["evaluate", "no-such-folder"], "no-such-folder"),
        (["evaluate", ".", "--method", "oracle"], "oracle"),
        (["evaluate", ".", "--backbone", "oracle"], "oracle"),
        (["evaluate", ".", "--way", "1"], "way"),
        (["evaluate", ".", "--same", "a=b"], "--same"),
        (["report", "--examples", ".", "--out", "report.doc", "x.png"], "report.doc"),
        (["meta-train", "no-such-recipe.toml", "--data", "."], "no-such-recipe"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_bad_input_ends_with_two_and_one_clear_line(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    run = medmeta(*arguments)
    assert run.returncode == 2
    assert run.stdout == ""
    (line,) = run.stderr.strip().splitlines()
    assert message in line


@pytest.mark.parametrize("command", ["app", "classify", "evaluate", "report", "meta-train"])
def test_every_command_explains_itself(command: str) -> None:
    run = medmeta(command, "--help")
    assert run.returncode == 0
    assert "--" in run.stdout


@pytest.mark.parametrize("command", ["classify", "report"])
def test_files_are_looked_for_before_anything_is_adapted(command: str, tmp_path: Path) -> None:
    out = ["--out", tmp_path / "r.html"] if command == "report" else []
    run = medmeta(command, tmp_path / "missing.png", "--examples", tmp_path / "nowhere", *out)
    assert run.returncode == 2
    assert "missing.png" in run.stderr and "nowhere" not in run.stderr


def test_numbers_that_are_not_finite_become_null() -> None:
    assert finite({"a": [float("nan"), 1.0], "b": (float("inf"),)}) == {
        "a": [None, 1.0],
        "b": [None],
    }


@pytest.mark.parametrize("method", ["automatic", "ridge", "shrinkage"])
def test_blank_copies_in_all_conditions_name_none(
    files: list[Path], tmp_path: Path, method: str
) -> None:
    for name in ("flu", "cold"):
        (tmp_path / name).mkdir()
        for k in range(3):
            Image.new("L", (40, 40)).save(tmp_path / name / f"{k}.png")
    Image.new("L", (40, 40), 255).save(tmp_path / "flu" / "3.png")
    arguments = ["--examples", tmp_path, "--method", method, "--json", "-"]
    run = medmeta("classify", *arguments, files[0])
    assert run.returncode == 0, run.stderr
    (answer,) = json.loads(run.stdout)["files"]
    assert answer["abstention"] in ("none-of-these", "not-sure")


def test_with_one_example_each_no_condition_and_no_percentage_is_reported(
    files: list[Path], tmp_path: Path
) -> None:
    examples = write_folder(tmp_path, {"flu": 1, "cold": 1})
    run = medmeta("classify", "--examples", examples, files[0])
    assert "not-calibrated" in run.stdout
    assert "%" not in run.stdout
    run = medmeta("classify", "--examples", examples, "--json", "-", files[0])
    document = json.loads(run.stdout)
    (answer,) = document["files"]
    assert document["rule"] == {"min_typicality": 0.05, "min_right": 0.8}
    assert (answer["abstention"], answer["calibrated"]) == ("not-calibrated", False)
    assert answer["typicality"] is None
    assert len(answer["ranked"]) == 2


def test_the_version_is_that_of_the_package() -> None:
    run = medmeta("--version")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"medmeta {version('medmeta')}\n"
