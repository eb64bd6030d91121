"""Where a backbone is slow here, a quicker one is named."""

from dataclasses import replace
from pathlib import Path

import pytest
import tiny
import torch
from joint_backbones import joint_card

from medmeta_core.analysis import adapt
from medmeta_core.casework import slow_backbone, slow_backbone_of
from medmeta_core.casework.adaptation_cache import CACHE
from medmeta_core.casework.adapting import record_of
from medmeta_core.embedding import load_backbone
from medmeta_core.embedding.files.locations import own_folder
from medmeta_core.workspace import AdaptationRecord


def record(backbone: str) -> AdaptationRecord:
    """An adaptation with this backbone, in memory."""
    support = tiny.support()
    adaptation = adapt(support, method="prototypical", backbone=backbone)
    names = [support.conditions[k] for k in support.labels.tolist()]
    made = record_of(adaptation, [f"{i}" for i in range(len(names))], names, [None] * len(names))
    stored = replace(made, id=f"of {backbone}")
    CACHE.put(stored.id, adaptation)
    return stored


@pytest.fixture
def joint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a joint backbone of the user's own."""
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path))
    return joint_card(own_folder()).stem


def test_a_joint_backbone_that_was_measured_as_slow_names_its_first_member(
    joint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_backbone, "SLOW", 0.0)
    stored = record(joint)
    assert slow_backbone_of(stored) is None, "the first batch also waits for the engine"
    load_backbone(joint).embed(torch.rand(20, 3, 48, 48))
    slow = slow_backbone_of(stored)
    assert slow is not None
    assert slow.quicker == "first"
    assert 0 < slow.seconds < 1


def test_a_quick_one_a_single_one_and_one_that_is_gone_are_not_slow(
    joint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_backbone, "SLOW", 100.0)
    load_backbone(joint).embed(torch.rand(20, 3, 48, 48))
    assert slow_backbone_of(record(joint)) is None
    monkeypatch.setattr(slow_backbone, "SLOW", 0.0)
    load_backbone("first").embed(torch.rand(20, 3, 48, 48))
    assert slow_backbone_of(record("first")) is None
    assert slow_backbone_of(replace(record("first"), backbone="gone")) is None
    assert slow_backbone_of(replace(record(joint), id="not in memory")) is None
