"""The code of how-to pages, run as it stands, with random weights in the place of the owner's.

By hand, for what is heavier than a test (UNI takes 3.5 GB and a minute of a core):
python tests/how_to_pages.py backbone-uni
"""

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import save_file

PAGES = Path(__file__).resolve().parents[1] / "docs" / "how-to"


def code_of(page: str) -> str:
    """The Python code of a page, in its order."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def run_page(page: str, folder: Path) -> dict[str, Any]:
    """The names that the code of a page leaves behind, run in a folder."""
    names: dict[str, Any] = {}
    with contextlib.chdir(folder):
        exec(compile(code_of(page), page, "exec"), names)  # noqa: S102 (our own pages)
    return names


def write_examples(folder: Path, n: int = 2) -> None:
    """Examples of two conditions: noise, coarse and fine."""
    for k, condition in enumerate(("coarse", "fine")):
        (folder / condition).mkdir(parents=True)
        for i in range(n):
            generator = torch.Generator().manual_seed(10 * k + i)
            cells = torch.rand(4 + 28 * k, 4 + 28 * k, generator=generator)
            picture = Image.fromarray((cells * 255).byte().numpy()).resize((64, 64))
            picture.save(folder / condition / f"{i}.png")


def _timm(name: str, **options: Any) -> dict[str, torch.Tensor]:
    import timm

    torch.manual_seed(0)
    state: dict[str, torch.Tensor] = timm.create_model(name, num_classes=0, **options).state_dict()
    return state


def _scaled(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """With the scales of the layers as after a training: those of the start let nothing pass."""
    return {
        name: torch.ones_like(value) if name.endswith((".gamma", ".lambda1")) else value
        for name, value in state.items()
    }


def dinov2(folder: Path) -> None:
    save_file(_scaled(_timm("vit_small_patch14_dinov2")), folder / "dinov2.safetensors")


def biomedclip(folder: Path) -> None:
    trunk = {f"visual.trunk.{k}": v for k, v in _timm("vit_base_patch16_224").items()}
    other = {"visual.head.proj.weight": torch.zeros(512, 768), "logit_scale": torch.ones(1)}
    save_file(trunk | other, folder / "biomedclip.safetensors")


def uni(folder: Path) -> None:
    state = _timm("vit_large_patch16_224", init_values=1e-5, dynamic_img_size=True)
    save_file(_scaled(state), folder / "uni.safetensors")


def rad_dino(folder: Path, **smaller: Any) -> None:
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = {"image_size": 518, "patch_size": 14} | smaller
    module = Dinov2Model(Dinov2Config(**config))
    module.load_state_dict(_scaled(module.state_dict()))
    module.save_pretrained(folder / "rad-dino")
    statistics = {"image_mean": [0.53] * 3, "image_std": [0.26] * 3}  # stand in for its own
    (folder / "rad-dino" / "preprocessor_config.json").write_text(json.dumps(statistics))


WEIGHTS: dict[str, Callable[[Path], None]] = {
    "backbone-dinov2": dinov2,
    "backbone-biomedclip": biomedclip,
    "backbone-uni": uni,
    "backbone-rad-dino": rad_dino,
}


def tried(page: str, folder: Path, write_weights: Callable[[Path], None]) -> dict[str, Any]:
    """The names of a page, once an image was explained by its adaptation."""
    write_weights(folder)
    write_examples(folder / "my-examples")
    names = run_page(page, folder)
    names["explained"] = names["adaptation"].explain(folder / "my-examples" / "fine" / "0.png")
    return names


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        found = tried(sys.argv[1], Path(scratch), WEIGHTS[sys.argv[1]])
    sys.stdout.write(f"{found['backbone']!r}\n{found['explained']!r}\n")
