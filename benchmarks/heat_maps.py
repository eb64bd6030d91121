"""Whether heat maps point at the finding, and whether they hang on what a network has learned.

Run: python benchmarks/heat_maps.py DATA --backbone NAME --backbone NAME [--n 60]
Writes docs/results/heat-maps.md; DATA holds images/ and segmentation/. Measured, for each backbone
under the same examples:

- pointing game (Zhang et al. 2016, arXiv:1608.00507): is the map's highest place within the mask;
  and the share of the map within it. White blood cells (wbc_zheng), and polyps, where examples are
  crops with and without polyp and whole pictures are asked about. Beside it what pointing at the
  picture's middle would give, and the mask's share of the picture.
- grid pointing game (Böhle et al. 2021, arXiv:2104.00032): the share of the map that lies in the
  right one of four pictures in a grid; 0.25 by chance.
- randomisation (Adebayo et al. 2018, arXiv:1810.03292): Spearman's correlation of a map with that
  of the same network with its weights shuffled, the head fitted anew. Near 0 is right.
"""

import argparse
import copy
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
import torch.nn.functional as F
from measured_sets import MeasuredSet, read_set
from pairing import markdown
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor

from medmeta_core.embedding import Backbone, load_backbone
from medmeta_core.episodes import EpisodeSampler, EpisodeShape, SupportSet
from medmeta_core.explanation import grad_cam
from medmeta_core.methods import Classifier
from medmeta_core.selection import fit_on, method_on

METHOD, N_SHOT, SIDE, CELL = "ridge", 5, 224, 112
GRIDS = ("brain_tumor_mri", "dermnet_growths", "fundus_eye_disease", "herlev_pap_smear")
ROOT = Path(__file__).parent.parent
SEED = 0


@dataclass(frozen=True, eq=False)
class Question:
    """A picture, what to look for in it, and where that is.

    Attributes:
        support: the examples.
        pixels: (3, h, w) in [0, 1].
        condition: what the map is asked for.
        mask: (h, w) bool.
    """

    support: SupportSet
    pixels: Tensor
    condition: str
    mask: Tensor


def cells(data: Path, n: int) -> Iterator[Question]:
    """White blood cells in their smear; four conditions."""
    folder = data / "segmentation" / "wbc_zheng"
    rows = [row for row in _rows(folder) if row["cls"] != "basophil"]  # four pictures only
    names = sorted({row["cls"] for row in rows})
    labels = torch.tensor([names.index(row["cls"]) for row in rows])
    for positions, query in _drawn(labels, n):
        pixels = torch.stack([_picture(folder / rows[i]["image"]) for i in positions])
        support = SupportSet(pixels, labels[positions], tuple(names))
        mask = _mask(folder / rows[query]["mask"])
        yield Question(support, _picture(folder / rows[query]["image"]), rows[query]["cls"], mask)


def polyps(data: Path, n: int) -> Iterator[Question]:
    """Polyps in whole pictures, from crops with and without one."""
    folder = data / "segmentation" / "kvasir_seg"
    rows = [row for row in _rows(folder) if 0.02 < float(row["mask_fraction"]) < 0.15]
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(SEED)).tolist()
    examples, asked = order[: 4 * N_SHOT], order[4 * N_SHOT :][:n]
    crops: dict[str, list[Tensor]] = {"polyp": [], "mucosa": []}
    for i in examples:
        pixels, mask = _picture(folder / rows[i]["image"]), _mask(folder / rows[i]["mask"])
        for name, share_wanted in (("polyp", 1.0), ("mucosa", 0.0)):
            if (
                len(crops[name]) < N_SHOT
                and (crop := _crop(pixels, mask, share_wanted)) is not None
            ):
                crops[name].append(crop)
    names = tuple(crops)
    labels = torch.tensor([k for k, name in enumerate(names) for _ in crops[name]])
    support = SupportSet(torch.stack([c for one in crops.values() for c in one]), labels, names)
    for i in asked:
        mask = _mask(folder / rows[i]["mask"])
        yield Question(support, _picture(folder / rows[i]["image"]), "polyp", mask)


def _crop(pixels: Tensor, mask: Tensor, share_wanted: float) -> Tensor | None:
    """A square of half the side that holds all of the mask, or nothing of it; None if none does."""
    half = SIDE // 2
    for top in range(0, half + 1, 16):
        for left in range(0, half + 1, 16):
            inside = mask[top : top + half, left : left + half].sum() / mask.sum()
            if float(inside) == share_wanted:
                piece = pixels[None, :, top : top + half, left : left + half]
                return F.interpolate(piece, (SIDE, SIDE), mode="bilinear", antialias=True)[0]
    return None


def grids(data: Path, n: int, cache: Path) -> Iterator[Question]:
    """Four pictures of four conditions in a grid; each of them is asked for once."""
    for name in GRIDS:
        labelled = read_set(MeasuredSet(name, data / "images" / name), cache)
        sampler = EpisodeSampler(labelled.labels, labelled.groups, EpisodeShape(4, N_SHOT, 1))
        generator = torch.Generator().manual_seed(SEED)
        for _ in range(max(1, n // (4 * len(GRIDS)))):
            episode = sampler.draw(generator)
            support = labelled.support(episode.support, episode.support_labels, episode.conditions)
            pieces = F.interpolate(labelled.images(episode.query), (CELL, CELL), mode="area")
            rows = [torch.cat(list(pieces[k : k + 2]), dim=2) for k in (0, 2)]
            pixels = torch.cat(rows, dim=1)
            for place, label in enumerate(episode.query_labels.tolist()):
                mask = torch.zeros(SIDE, SIDE, dtype=torch.bool)
                top, left = (CELL * k for k in divmod(place, 2))
                mask[top : top + CELL, left : left + CELL] = True
                yield Question(support, pixels, support.conditions[label], mask)


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def _drawn(labels: Tensor, n: int) -> Iterator[tuple[list[int], int]]:
    """Positions of examples, and of one picture of each condition in turn."""
    generator = torch.Generator().manual_seed(SEED)
    sampler = EpisodeSampler(labels, [None] * len(labels), EpisodeShape(4, N_SHOT, 1))
    for _ in range(n // 4):
        episode = sampler.draw(generator)
        for query in episode.query.tolist():
            yield episode.support.tolist(), query


def _picture(path: Path) -> Tensor:
    with Image.open(path) as image:
        square = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.asarray(square).copy()).permute(2, 0, 1).float() / 255


def _mask(path: Path) -> Tensor:
    with Image.open(path) as image:
        square = image.convert("L").resize((SIDE, SIDE), Image.Resampling.NEAREST)
    return torch.from_numpy(np.asarray(square) > 0)


def heat_map(classifier: Classifier, question: Question) -> Tensor:
    """(h, w) in [0, 1]."""
    return torch.from_numpy(grad_cam(classifier, question.pixels, question.condition).heat_map)


def pointing(backbone: Backbone, questions: Sequence[Question]) -> dict[str, float]:
    """Shares of hits, of the map within the mask, of the middle, and of the mask's own."""
    hits, energies, middles, sizes, n_blank = [], [], [], [], 0
    for question in questions:
        found = heat_map(fit_on(method_on(METHOD, backbone), question.support), question)
        middles.append(float(question.mask[SIDE // 2, SIDE // 2]))
        sizes.append(float(question.mask.double().mean()))
        n_blank += int(found.max() == 0)
        if found.max() == 0:  # it shows nothing, so it points nowhere
            hits.append(0.0)
            energies.append(0.0)
            continue
        row, column = divmod(int(found.argmax()), SIDE)
        hits.append(float(question.mask[row, column]))
        energies.append(float((found * question.mask).sum() / found.sum()))
    return {
        "hit": fmean(hits),
        "within": fmean(energies),
        "middle": fmean(middles),
        "size": fmean(sizes),
        "blank": n_blank / len(questions),
    }


def shuffled(backbone: Backbone) -> Backbone:
    """The backbone with the numbers of each of its weights in another order."""
    network = copy.deepcopy(backbone.network)
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for weight in network.parameters():
            order = torch.randperm(weight.numel(), generator=generator)
            weight.copy_(weight.flatten()[order].view_as(weight))
    card = replace(backbone.card, sha256="shuffled")
    return Backbone(card, network, backbone.initial_head)


def correlation(backbone: Backbone, questions: Sequence[Question]) -> float:
    """Mean of Spearman's correlation of maps by the backbone and by its shuffled weights."""
    other, found = shuffled(backbone), []
    for question in questions:
        maps = [
            heat_map(fit_on(method_on(METHOD, one), question.support), question)
            for one in (backbone, other)
        ]
        small = [F.avg_pool2d(one[None], 16).flatten().numpy() for one in maps]
        if all(one.std() > 0 for one in small):
            found.append(float(spearmanr(*small).statistic))
    return fmean(found) if found else float("nan")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--backbone", action="append", required=True)
    parser.add_argument("--n", type=int, default=60, help="pictures asked about, of each kind")
    parser.add_argument("--cache", type=Path, default=ROOT / "runs" / "results")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    given = parser.parse_args()
    torch.set_num_threads(1)
    kinds: dict[str, Callable[[], Iterator[Question]]] = {
        "white blood cells": lambda: cells(given.data, given.n),
        "polyps": lambda: polyps(given.data, given.n),
        "grids of four": lambda: grids(given.data, given.n, given.cache),
    }
    rows = []
    for title, make in kinds.items():
        questions = list(make())
        for name in given.backbone:
            backbone = load_backbone(name)
            figures = pointing(backbone, questions)
            apart = correlation(backbone, questions[:: max(1, len(questions) // 20)])
            shares = [f"{figures[key]:.2f}" for key in ("hit", "within", "middle", "size", "blank")]
            rows.append([title, name, str(len(questions)), *shares, f"{apart:+.2f}"])
            sys.stderr.write(" | ".join(rows[-1]) + "\n")
    columns = ["asked about", "backbone", "maps", "highest place within", "share of the map within"]
    columns += [
        "the middle within",
        "share of the picture",
        "blank maps",
        "correlation with shuffled weights",
    ]
    description = (__doc__ or "").partition("DATA holds")[2].partition("\n\n")[2]
    text = "# Heat maps\n\nWritten by `python benchmarks/heat_maps.py`; "
    text += f"`{METHOD}`, {N_SHOT} examples of each condition.\n\n"
    text += f"{description.strip()}\n\n{markdown(columns, rows)}"
    (given.out / "heat-maps.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
