"""A home in which every text that can come from somebody else's file or hand is a beacon's."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from beacon import Beacon
from PIL import Image
from safetensors.torch import save

from medmeta_core.embedding import EmbeddingNetwork, ImportRequest, import_backbone
from medmeta_core.imaging import read_image
from medmeta_core.workspace import NewImage, RefusalRecord, Role, Store, write_session_file
from medmeta_core.workspace.session_zip import pack, unpack

BRIGHTNESS = {"dark": 40, "bright": 215}
N_EXAMPLES = 5


def plant(home: Path, beacon: Beacon) -> str:
    """The id of a workspace with examples and cases; nothing is adapted yet."""
    store = Store.open(home)
    workspace = store.create_workspace(beacon.name("workspace"))
    examples = store.add_images(
        workspace.id,
        [
            _image(beacon, 10 * k + level, level, condition=beacon.name(kind))
            for kind, level in BRIGHTNESS.items()
            for k in range(N_EXAMPLES)
        ],
    )
    store.add_images(workspace.id, [_image(beacon, 7 + level, level) for level in (60, 200)])
    ids = [image.id for image in examples]
    store.assign_patient(workspace.id, ids[:1], beacon.name("patient"))
    store.exclude(workspace.id, ids[-1:], beacon.name("reason"))
    store.relabel(workspace.id, ids[:1], beacon.name("relabelled"))
    store.undo(workspace.id)
    refusal = RefusalRecord(beacon.text("refused-file"), "unheard-of", beacon.text("refusal"))
    store.add_refusals(workspace.id, [refusal])
    operator = {"preferences": {"operator": beacon.name("operator")}}
    store.change_settings(workspace.id, lambda settings: {**settings, **operator})
    store.close()
    return workspace.id


def plant_backbone(home: Path, beacon: Beacon) -> None:
    """An imported backbone whose card was written by somebody else."""
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32)
    declared = ImportRequest("mine", "conv4", 32, beacon.name("origin"))
    import_backbone(save(dict(network.state_dict())), declared)
    path = home / "backbones" / "mine.json"
    card = json.loads(path.read_text())
    card["facts"] |= {
        beacon.name("fact"): beacon.text("fact-text"),
        "limits": [beacon.text("limit")],
        "cost": {beacon.name("cost-name"): beacon.name("cost")},
        "figures": [{beacon.name("column"): beacon.text("cell")}],
    }
    path.write_text(json.dumps(card))


def session_file_of_another_version(home: Path, workspace_id: str, beacon: Beacon) -> bytes:
    """A session file whose version is a beacon's text; it is refused, with a sentence."""
    store = Store.open(home)
    manifest, blobs = unpack(write_session_file(store, workspace_id))
    store.close()
    out = BytesIO()
    pack(manifest | {"version": beacon.text("version")}, blobs, out)
    return out.getvalue()


def weights_with_a_name(beacon: Beacon) -> bytes:
    """A file of weights in which a tensor is called so."""
    return save({beacon.name("tensor"): torch.zeros(2)})


def _image(beacon: Beacon, seed: int, level: int, condition: str | None = None) -> NewImage:
    noise = np.random.default_rng(seed).integers(-25, 25, (72, 96))
    buffer = BytesIO()
    Image.fromarray(np.clip(noise + level, 0, 255).astype(np.uint8)).save(buffer, "PNG")
    image = read_image(buffer.getvalue())
    image = replace(image, notes=(beacon.name("note"),), modality=beacon.name("modality"))
    role = Role.CASE if condition is None else Role.EXAMPLE
    return NewImage(image, beacon.text("file"), role, condition)
