"""The sinusoids of the MAML paper: a learned start beats training on the average of all tasks."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "sinusoid.py"


@pytest.fixture()
def sinusoid() -> ModuleType:
    found = importlib.util.spec_from_file_location("sinusoid", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["sinusoid"] = module  # a dataclass looks its module up by name
    found.loader.exec_module(module)
    return module


def test_a_learned_start_beats_training_on_the_average(
    sinusoid: ModuleType,
) -> None:
    learned = sinusoid.curve(sinusoid.train(600, by_maml=True), 10, steps=1, n_tasks=200)
    average = sinusoid.curve(sinusoid.train(600, by_maml=False), 10, steps=1, n_tasks=200)
    assert learned[1] < learned[0]
    assert learned[1] < min(average)


def test_the_tasks_are_sines_of_the_paper(sinusoid: ModuleType) -> None:
    tasks = sinusoid.draw(500, 10, 10, torch.Generator().manual_seed(0))
    assert tasks.inputs.abs().max() <= 5
    assert tasks.outputs.abs().max() <= 5
    assert tasks.outputs.std().item() == pytest.approx(2.1, abs=0.3)
