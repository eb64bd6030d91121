"""All sets, methods, 1, 5 and 10 shots, the shipped backbone beside the rival: README's table.

Run: python benchmarks/results.py DATA [--methods M,M] [--sets S,S]   measures, then writes
     python benchmarks/results.py --from-json docs/results/accuracy.json  only writes the tables
DATA holds images/ and segmentation/; the rival's weights lie in DATA/../backbones. A run that
was stopped goes on. Methods that are no closed form get --slow-episodes episodes and only the
backbone they were made for. After --minutes nothing more is measured, and what there is is told.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from contests import ONE_VIEW
from entrants import Entrants, all_entrants, times_of
from measured_sets import MeasuredSet, features_of, measured_sets, read_set
from measuring import (
    Row,
    episodes_of,
    identity,
    is_costly,
    is_quick,
    measured,
)
from result_tables import write_tables
from rival import (
    RIVAL,
    RIVALS,
    WHITENED,
    unit,
)
from summing_up import described, document

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone, load_backbone
from medmeta_core.episodes import EmbeddedSupport, EpisodeIndices, EpisodeShape
from medmeta_core.errors import BackboneError, SupportSetError
from medmeta_core.evaluation import EmbeddedSet
from medmeta_core.methods import METHODS, FewShotMethod, needs_pixels
from medmeta_core.selection import AUTOMATIC, default_backbone_of, fit_on, method_on

SHOTS = (1, 5, 10)
N_EPISODES, SEED = 600, 0
SHIPPED = "shipped"
ROOT = Path(__file__).parent.parent


class Stage(NamedTuple):
    """What is measured on all sets before the next turn begins."""

    role: str
    methods: list[str]


def stages(methods: list[str]) -> list[Stage]:
    """The closed forms first, beside the rival, so that a run that is stopped has most to tell."""
    quick = [name for name in methods if is_quick(name)]
    slow = [name for name in methods if not is_quick(name)]
    return [
        Stage(SHIPPED, quick),
        Stage(RIVAL, quick),
        *(Stage(name, quick) for name in (*RIVALS[3], ONE_VIEW)),
        Stage(SHIPPED, slow),
        Stage(WHITENED, quick),
    ]


@dataclass(frozen=True, eq=False)
class Contender:
    """A method on a backbone, the set as it reads it, and how many episodes it is given."""

    method: FewShotMethod
    backbone: Backbone
    labelled: LabelledSet | EmbeddedSet
    n_episodes: int


def contenders(
    name: str, role: str, one: MeasuredSet, entrants: Entrants, arguments: argparse.Namespace
) -> Iterator[Contender]:
    """The method on its own backbone, or on another where it needs no weights and no pixels."""
    shipped, labelled = load_backbone(default_backbone_of(name)), read_set(one, arguments.cache)
    n = arguments.costly_episodes if is_costly(name) else arguments.slow_episodes
    n = N_EPISODES if is_quick(name) else n
    try:
        if needs_pixels(method_on(name, shipped)):
            yield Contender(
                method_on(name, shipped), shipped, labelled.resized(shipped.card.input_side), n
            )
            return
        require_weights(name, shipped)
    except BackboneError as error:  # weights of its own that are not there
        sys.stderr.write(f"{name}: {error}\n")
        return
    if role == SHIPPED:
        backbone, features = shipped, features_of(one, labelled, shipped, arguments.cache)
    else:
        embeds, backbone = entrants[role].embeds, entrants[role].backbone
        features = features_of(one, labelled, embeds, arguments.cache)
        features = features if embeds is backbone else unit(features, backbone)
    yield Contender(method_on(name, backbone), backbone, EmbeddedSet(labelled, features), n)


def require_weights(name: str, backbone: Backbone) -> None:
    """Fit the method to two random embeddings.

    Raises:
        BackboneError: it needs weights of its own that the backbone does not have.
    """
    examples = EmbeddedSupport(
        torch.randn(2, backbone.n_features), torch.tensor([0, 1]), ("one", "other")
    )
    fit_on(method_on(name, backbone), examples)


def rows_of(
    one: MeasuredSet, stage: Stage, entrants: Entrants, arguments: argparse.Namespace
) -> Iterator[Row]:
    """The figures of a turn on a set; those already kept are not measured again."""
    tasks, cached = tasks_of(read_set(one, arguments.cache)), ResultCache(arguments.cache, one)
    for name in stage.methods:
        for entrant in contenders(name, stage.role, one, entrants, arguments):
            for n_shot, (episodes, shape) in tasks.items():
                same = {"set": one.name, "shot": n_shot, "way": shape.n_way, "method": name}
                same |= {"backbone": entrant.backbone.name}
                same |= identity(entrant.method, entrant.backbone, entrant.n_episodes, SEED)
                row = cached.find(same)
                if row is None and time.monotonic() < arguments.until:
                    chosen = episodes[: entrant.n_episodes]
                    tempers = stage.role == SHIPPED and not is_costly(name)
                    figures = measured(entrant.method, entrant.labelled, chosen, calibrates=tempers)
                    row = cached.keep(same | figures)
                if row is not None:
                    yield row


def tasks_of(labelled: LabelledSet) -> dict[int, tuple[list[EpisodeIndices], EpisodeShape]]:
    """The episodes of every number of shots that the set has pictures enough for."""
    tasks = {}
    for n_shot in SHOTS:
        with suppress(SupportSetError):
            tasks[n_shot] = episodes_of(labelled, n_shot, N_EPISODES, SEED)
    return tasks


class ResultCache:
    """Rows already measured on a set, in a file of the cache."""

    def __init__(self, cache: Path, one: MeasuredSet) -> None:
        self._file = cache / "rows" / f"{one.name.replace(' ', '').replace(':', '-')}.json"
        self._rows: list[Row] = json.loads(self._file.read_text()) if self._file.exists() else []

    def find(self, same: Row) -> Row | None:
        """The row measured on just this, if any."""
        return next((row for row in self._rows if same.items() <= row.items()), None)

    def keep(self, row: Row) -> Row:
        """The row, from now on in the file."""
        self._rows.append(row)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(self._rows))
        partial.replace(self._file)
        return row


def measure_all(arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything measured, as one document."""
    sets = measured_sets(arguments.data)
    entrants = all_entrants(sets, arguments)
    methods = arguments.methods.split(",") if arguments.methods else [*METHODS, AUTOMATIC]
    chosen = [s for s in sets if not arguments.sets or s.name in arguments.sets.split(",")]
    arguments.until = time.monotonic() + 60 * arguments.minutes
    rows = list[Row]()
    for stage in stages(methods):
        for one in chosen:
            sys.stderr.write(f"{stage.role}: {one.name}\n")
            if stage.role == SHIPPED or stage.role in entrants:
                rows += rows_of(one, stage, entrants, arguments)
    if not rows:
        raise SystemExit("Nothing was measured: give more minutes.")
    descriptions = [
        described(one, read_set(one, arguments.cache), load_backbone().card) for one in chosen
    ]
    return document(ROOT, descriptions, rows, times_of(entrants))


def main() -> None:
    """Measure what is not measured yet, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--from-json", type=Path)
    parser.add_argument("--cache", type=Path, default=ROOT / "runs" / "results")
    parser.add_argument("--methods", default="", help="names with commas; by default all")
    parser.add_argument("--sets", default="", help="names with commas; by default all")
    parser.add_argument("--slow-episodes", type=int, default=60)
    parser.add_argument(
        "--costly-episodes", type=int, default=10, help="of MAML, FiLM and the like"
    )
    parser.add_argument("--out", type=Path, default=ROOT, help="holds README.md and docs/")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    arguments = parser.parse_args()
    if arguments.data is None and arguments.from_json is None:
        parser.print_usage()
        return
    torch.set_num_threads(1)
    if arguments.from_json:
        content = json.loads(arguments.from_json.read_text())
    else:
        content = measure_all(arguments)
        (arguments.out / "docs/results").mkdir(parents=True, exist_ok=True)
        (arguments.out / "docs/results/accuracy.json").write_text(
            json.dumps(content, indent=0) + "\n"
        )
    write_tables(content, arguments.out)


if __name__ == "__main__":
    main()
