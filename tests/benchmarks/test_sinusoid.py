"""The sinusoids of the MAML paper: a learned start beats training on the average of all tasks."""

from pathlib import Path

import pytest
import torch

SCRIPTS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_error_falls_from_a_learned_start_and_stays_from_the_average() -> None:
    import sinusoid

    learned = sinusoid.curve(sinusoid.train(600, by_maml=True), 10, steps=5)
    weights = sinusoid.train(600, by_maml=False)
    average = sinusoid.curve(weights, 10, steps=5, rate=sinusoid.best_rate(weights, 10))
    assert learned[0] > learned[1] > learned[5]
    assert learned[1] < min(average)


def test_the_tasks_are_sines_of_the_paper() -> None:
    import sinusoid

    tasks = sinusoid.draw(500, 10, 10, torch.Generator().manual_seed(0))
    assert tasks.inputs.abs().max() <= 5
    assert tasks.outputs.abs().max() <= 5
    assert tasks.outputs.std().item() == pytest.approx(2.1, abs=0.3)
