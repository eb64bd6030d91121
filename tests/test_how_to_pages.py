"""The code of the how-to pages runs as it stands."""

import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import how_to_pages
import numpy as np
import pytest


def require_a_heat_map(names: dict[str, Any]) -> None:
    explanation = names["explained"].explanation
    assert explanation.peak > 0
    assert float(np.std(explanation.heat_map)) > 0


@pytest.mark.parametrize(
    ("page", "n_features"), [("backbone-dinov2", 384), ("backbone-biomedclip", 768)]
)
def test_a_network_of_timm_adapts_and_explains(page: str, n_features: int, tmp_path: Path) -> None:
    pytest.importorskip("timm")
    names = how_to_pages.tried(page, tmp_path, how_to_pages.WEIGHTS[page])
    assert names["backbone"].n_features == n_features
    require_a_heat_map(names)


def test_rad_dino_adapts_and_explains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its classes of transformers, in small; in its own size it was tried by hand."""
    pytest.importorskip("transformers", reason="transformers is no dependency of MedMeta")
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    small = {"image_size": 112, "hidden_size": 48, "num_hidden_layers": 2}
    write = partial(how_to_pages.rad_dino, **small, num_attention_heads=3)
    names = how_to_pages.tried("backbone-rad-dino", tmp_path, write)
    assert names["backbone"].n_features == 48
    require_a_heat_map(names)


def test_the_page_of_each_backbone_says_whose_terms_have_to_be_accepted() -> None:
    pages = sorted(path.stem for path in how_to_pages.PAGES.glob("backbone-*.md"))
    assert pages == sorted(how_to_pages.WEIGHTS)
    for page in pages:
        text = " ".join((how_to_pages.PAGES / f"{page}.md").read_text("utf-8").split())
        assert "accept the owner's licence terms first" in text
        compile(how_to_pages.code_of(page), page, "exec")


def test_cross_validation_on_a_public_set(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight images each of three conditions, all folds better than guessing."""
    source = shared / "data" / "images" / "pbc_blood_cells"
    names = sorted(path.name for path in source.iterdir() if path.is_dir())[:3]
    lines = ["file,cls,group"]
    for name in names:
        (tmp_path / "my-set" / name).mkdir(parents=True)
        for number, path in enumerate(sorted((source / name).iterdir())[:8]):
            shutil.copy(path, tmp_path / "my-set" / name / path.name)
            lines.append(f"{name}/{path.name},{name},{number // 2}")
    (tmp_path / "my-set" / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    found = how_to_pages.run_page("cross-validate", tmp_path)
    assert len(found["scores"]) == 3
    assert min(found["scores"]) > 1 / 3
    assert capsys.readouterr().out.count("[") == 2
