"""The log of a training: the table, TensorBoard's file, the picture."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from medmeta_core.training.loop.event_file import record
from medmeta_core.training.loop.learning_log import LearningLog


def test_tensorboard_reads_the_log(tmp_path: Path) -> None:
    reading = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="needs TensorBoard, which the project runs without",
    )
    log = LearningLog(tmp_path, first=0)
    for step in (0, 1, 300):
        log.write(step, {"query loss": 1 / (step + 1), "validation accuracy": 0.25})
    reader = reading.EventAccumulator(str(tmp_path))
    reader.Reload()
    assert set(reader.Tags()["scalars"]) == {"query loss", "validation accuracy"}
    losses = [(event.step, event.value) for event in reader.Scalars("query loss")]
    assert losses == [(0, 1.0), (1, 0.5), (300, pytest.approx(1 / 301))]


def test_a_record_is_framed_as_tensorflow_frames_it() -> None:
    # By hand: length 3, its masked CRC-32C, the bytes, theirs; checked with TensorFlow's writer.
    framed = record(b"abc")
    assert framed[:8] == bytes([3, 0, 0, 0, 0, 0, 0, 0])
    assert framed[12:15] == b"abc"
    assert len(framed) == 19


def test_a_resumed_run_drops_what_a_killed_one_logged_too_far(tmp_path: Path) -> None:
    log = LearningLog(tmp_path, first=0)
    for step in range(6):
        log.write(step, {"loss": step + 0.5})
    with (tmp_path / "learning.csv").open("a") as file:
        file.write("6,17")  # the killed run was about to write a line
    again = LearningLog(tmp_path, first=4)
    again.write(4, {"loss": 9.0})
    rows = list(csv.DictReader((tmp_path / "learning.csv").open()))
    assert [float(row["value"]) for row in rows] == [0.5, 1.5, 2.5, 3.5, 9.0]
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 1


def test_the_curves_are_drawn(tmp_path: Path) -> None:
    log = LearningLog(tmp_path, first=0)
    log.draw()
    assert not (tmp_path / "learning.png").exists()  # nothing to show yet
    for step in range(30):
        log.write(step, {"loss": 1 / (step + 1), "accuracy": step / 30})
    log.draw()
    with Image.open(tmp_path / "learning.png") as picture:
        assert picture.size == (700, 360)
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 10
