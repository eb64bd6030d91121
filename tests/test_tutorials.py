"""Each tutorial runs as it stands, and prints what its text speaks of."""

import re
from pathlib import Path

import pytest
from tutorial import Cell, Output, cells, run

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"


def printed_by(name: str) -> tuple[str, int]:
    """What a tutorial printed, and how many figures it drew."""
    lines: list[tuple[Cell, Output | None]] = list(run(TUTORIALS / f"{name}.py"))
    outputs = [output for _, output in lines if output is not None]
    return "".join(one.printed for one in outputs), sum(len(one.figures) for one in outputs)


def test_the_classifier_recognises_the_examples_and_leaves_foreign_cells_unnamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    printed, n_figures = printed_by("few_shot_classifier")
    right = re.search(r"(\d+) of 30 recognised", printed)
    assert right and int(right[1]) > 20
    assert "none-of-these" in printed and "most similar to" in printed
    assert n_figures == 2


def test_the_evaluation_compares_two_methods_on_the_same_episodes() -> None:
    printed, _ = printed_by("evaluation")
    figures = [float(one) for one in re.findall(r"balanced accuracy (0\.\d+|1\.0+)", printed)]
    assert len(figures) == 2 and min(figures) > 0.4  # guessing gives 0.2
    episodes = re.search(r"over episodes: ([+-][\d.]+)", printed)
    assert episodes
    assert float(episodes[1]) == pytest.approx(figures[1] - figures[0], abs=0.002)


def test_a_random_network_recognises_fewer_than_the_shipped_one() -> None:
    printed, _ = printed_by("own_backbone")
    right = [int(one) for one in re.findall(r"(\d+) of 30 recognised when left out", printed)]
    assert len(right) == 2 and right[0] < right[1]


def test_every_tutorial_is_run_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    for path in TUTORIALS.glob("*.py"):
        assert f'printed_by("{path.stem}")' in source, path.name
        assert next(cells(path.read_text("utf-8"))).text.startswith("# ")
