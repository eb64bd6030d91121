"""The glyph benchmark: what is learned on some signs serves on others."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

SCRIPTS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


def test_equal_seeds_draw_equal_glyphs_and_a_sign_resembles_itself() -> None:
    from glyphs import draw_glyphs

    pixels, labels = draw_glyphs(6, 5, seed=3)
    assert torch.equal(pixels, draw_glyphs(6, 5, seed=3)[0])
    assert not torch.equal(pixels, draw_glyphs(6, 5, seed=4)[0])
    assert pixels.shape == (30, 3, 28, 28)
    ink = pixels[:, 0].float().flatten(1)
    apart = torch.cdist(ink, ink)
    same = labels[:, None] == labels
    assert apart[same & (apart > 0)].mean() < 0.9 * apart[~same].mean()


def test_what_is_learned_on_some_signs_serves_on_others() -> None:
    import small_images

    prototypical = small_images.CONTENDERS["prototypical"]
    contender = replace(prototypical, recipe=replace(prototypical.recipe, batch=1))
    before, after = (
        small_images.reached(
            "prototypical", small_images.backbone(small_images.learn(contender, n_tasks)), 1, 25
        ).mean()
        for n_tasks in (0, 120)
    )
    assert after > before + 0.08
