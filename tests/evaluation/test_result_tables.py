"""README's summary and the page of results are written from the document of results alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from medmeta_core.embedding import DEFAULT_BACKBONE

ROOT = Path(__file__).parents[2]
RIVAL = "rival-mobilenetv2-224"


def row(**facts: Any) -> dict[str, Any]:
    content = {"shot": 5, "way": 4, "method": "ridge", "backbone": DEFAULT_BACKBONE} | facts
    interval = {
        "mean": content["mean"],
        "low": content["mean"] - 0.01,
        "high": content["mean"] + 0.01,
    }
    return content | {
        "n_episodes": 600,
        "balanced": interval,
        "over_patients": interval,
        "log_loss": 1.2,
        "calibration_error": 0.05,
    }


def mean(value: float, **facts: Any) -> dict[str, Any]:
    interval = {"mean": value, "low": value - 0.1, "high": value + 0.1}
    return {"shot": 5, "method": "ridge", "n_sets": 1} | interval | facts


def interval(value: float, half: float = 0.01) -> dict[str, float]:
    return {"mean": value, "low": round(value - half, 3), "high": round(value + half, 3)}


def pair(name: str, ours: float, rival: float) -> dict[str, Any]:
    """Both sides on a set; the difference is known to a point."""
    of_both = {"ours": interval(ours), "rival": interval(rival)}
    return {"set": name, "shot": 5, "difference": interval(round(ours - rival, 3))} | of_both


CONTENT = {
    "commit": "abc1234567",
    "date": "2026-01-01",
    "n_query": 15,
    "n_calibrated": 60,
    "milliseconds_a_picture": [{"backbone": RIVAL, "batch": 16, "ms": 12.0}],
    "sets": [
        {
            "name": "skin",
            "n_images": 90,
            "n_patients": None,
            "seen": ["mel"],
            "unseen": ["df"],
        },
        {"name": "brain", "n_images": 80, "n_patients": 40, "seen": [], "unseen": ["a", "b"]},
    ],
    "contests": [
        {
            "title": "Each at its best",
            "ours": {"backbone": DEFAULT_BACKBONE, "method": "ridge"},
            "rival": {"backbone": f"{RIVAL}-views", "method": "shrinkage"},
            "sets": [pair("skin", 0.7, 0.72), pair("brain", 0.6, 0.55)],
            "means": [
                {
                    "shot": 5,
                    "among": "deciding",
                    "n_sets": 1,
                    "ours": interval(0.6, 0.1),
                    "rival": interval(0.55, 0.1),
                    "difference": interval(0.05, 0.04),
                }
            ],
            "times": [{"batch": 16, "ours": 4.0, "rival": 12.0}],
        }
    ],
    "means": [
        mean(0.6, backbone=DEFAULT_BACKBONE, to_rival={"mean": 0.05, "low": 0.01, "high": 0.09}),
        mean(0.55, backbone=RIVAL),
        mean(0.5, backbone=DEFAULT_BACKBONE, method="prototypical"),
    ],
    "rows": [
        row(set="skin", mean=0.7),
        row(set="skin", mean=0.72, backbone=RIVAL),
        row(set="brain", mean=0.6),
        row(set="brain", mean=0.55, backbone=RIVAL),
        row(set="brain", mean=0.5, method="prototypical"),
    ],
}


def write(folder: Path, readme: str) -> subprocess.CompletedProcess[str]:
    (folder / "README.md").write_text(readme)
    (folder / "results.json").write_text(json.dumps(CONTENT))
    command = [sys.executable, ROOT / "benchmarks" / "results.py"]
    options = ["--from-json", folder / "results.json", "--out", folder]
    return subprocess.run([*command, *options], capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("results")
    run = write(folder, "before\n<!-- results -->\nearlier table\n<!-- end of results -->\nafter\n")
    assert run.returncode == 0, run.stderr
    return (folder / "README.md").read_text(), (folder / "docs/results/accuracy.md").read_text()


def test_only_what_stands_between_the_marks_is_replaced(written: tuple[str, str]) -> None:
    readme, _ = written
    assert readme.startswith("before\n<!-- results -->\n")
    assert readme.endswith("<!-- end of results -->\nafter\n")
    assert "earlier table" not in readme
    assert "abc1234567" in readme


def test_each_contest_names_both_heads_and_the_better_side_is_bold(
    written: tuple[str, str],
) -> None:
    readme, whole = written
    rows = [line for line in whole.splitlines() if line.count(" | ") == 3]
    lines = {row.split(" | ")[0].strip("| "): row for row in rows}
    assert f"`ridge` on `{DEFAULT_BACKBONE}`, the rival `shrinkage` on `{RIVAL}-views`" in readme
    assert "| brain" not in readme
    assert lines["brain (by patient)"] == (
        "| brain (by patient) | 4 | **0.600 ± 0.010** | 0.550 ± 0.010 |"
    )
    assert lines["*skin* (but df)"] == (
        "| *skin* (but df) | 4 | 0.700 ± 0.010 | **0.720 ± 0.010** |"
    )


def test_the_summary_gives_both_means_and_their_paired_difference(
    written: tuple[str, str],
) -> None:
    readme, _ = written
    assert "0.600 (0.500 to 0.700), rival 0.550 (0.450 to 0.650)" in readme
    assert "difference +0.050 (+0.010 to +0.090)" in readme
    assert "batch 16: 4.0 ms a picture, rival 12.0" in readme


def test_the_whole_document_holds_every_method(written: tuple[str, str]) -> None:
    _, whole = written
    assert "| brain (by patient) | 0.600 / 0.550 | 0.500 |" in whole
    assert "| *skin* (but df) | 0.700 / 0.720 | – |" in whole


def test_a_readme_without_marks_is_left_alone(tmp_path: Path) -> None:
    run = write(tmp_path, "no marks\n")
    assert run.returncode != 0
    assert (tmp_path / "README.md").read_text() == "no marks\n"
