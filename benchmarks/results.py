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
from rival import RIVAL, WHITENED, centred_rival, milliseconds_a_picture, raw_rival, unit
from summing_up import described, document

from medmeta_core.datasets import LabelledSet
from medmeta_core.embedding import Backbone, load_backbone
from medmeta_core.episodes import EmbeddedSupport, EpisodeIndices, EpisodeShape
from medmeta_core.errors import BackboneError, SupportSetError
from medmeta_core.evaluation import EmbeddedSet, seen_conditions
from medmeta_core.methods import METHODS, FewShotMethod, needs_pixels
from medmeta_core.selection import AUTOMATIC, fit_on, method_on, own_backbone

SHOTS = (1, 5, 10)
N_EPISODES, SEED = 600, 0
SHIPPED = "shipped"
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, eq=False)
class Rivals:
    """The rival as it is, and under each way of centring."""

    raw: Backbone
    centred: tuple[Backbone, ...]


def with_base(raw: Backbone, sets: list[MeasuredSet], cache: Path) -> Rivals:
    """The rival centred by the pictures of all sets that the shipped backbone was trained on."""
    features = []
    for one in sets:
        labelled = read_set(one, cache)
        names = seen_conditions(load_backbone().card, one.folder.name, labelled.conditions)
        seen = torch.tensor([labelled.conditions[k] in names for k in labelled.labels.tolist()])
        features.append(features_of(one, labelled, raw, cache)[seen])
    base = torch.cat(features)
    return Rivals(raw, tuple(centred_rival(raw, base, whitened=w) for w in (False, True)))


class Turn(NamedTuple):
    """What is measured on all sets before the next turn begins."""

    role: str
    methods: list[str]


def turns(methods: list[str]) -> list[Turn]:
    """The closed forms first, beside the rival, so that a run that is stopped has most to tell."""
    quick = [name for name in methods if is_quick(name)]
    slow = [name for name in methods if not is_quick(name)]
    return [Turn(SHIPPED, quick), Turn(RIVAL, quick), Turn(SHIPPED, slow), Turn(WHITENED, quick)]


@dataclass(frozen=True, eq=False)
class Contender:
    """A method on a backbone, the set as it reads it, and how many episodes it is given."""

    method: FewShotMethod
    backbone: Backbone
    seen: LabelledSet | EmbeddedSet
    n_episodes: int


def contenders(
    name: str, role: str, one: MeasuredSet, rivals: Rivals, given: argparse.Namespace
) -> Iterator[Contender]:
    """The method on its own backbone, or on a rival where it needs no weights and no pixels."""
    own, labelled = load_backbone(own_backbone(name)), read_set(one, given.cache)
    n = given.costly_episodes if is_costly(name) else given.slow_episodes
    n = N_EPISODES if is_quick(name) else n
    try:
        if needs_pixels(method_on(name, own)):
            yield Contender(method_on(name, own), own, labelled.resized(own.card.input_side), n)
            return
        require_weights(name, own)
    except BackboneError as error:  # weights of its own that are not there
        sys.stderr.write(f"{name}: {error}\n")
        return
    if role == SHIPPED:
        backbone, features = own, features_of(one, labelled, own, given.cache)
    else:
        backbone = next(rival for rival in rivals.centred if rival.name == role)
        features = unit(features_of(one, labelled, rivals.raw, given.cache), backbone)
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
    one: MeasuredSet, turn: Turn, rivals: Rivals, given: argparse.Namespace
) -> Iterator[Row]:
    """The figures of a turn on a set; those already kept are not measured again."""
    tasks, kept = tasks_of(read_set(one, given.cache)), Kept(given.cache, one)
    for name in turn.methods:
        for entrant in contenders(name, turn.role, one, rivals, given):
            for n_shot, (episodes, shape) in tasks.items():
                same = {"set": one.name, "shot": n_shot, "way": shape.n_way, "method": name}
                same |= {"backbone": entrant.backbone.name}
                same |= identity(entrant.method, entrant.backbone, entrant.n_episodes, SEED)
                row = kept.find(same)
                if row is None and time.monotonic() < given.until:
                    drawn = episodes[: entrant.n_episodes]
                    tempers = turn.role == SHIPPED and not is_costly(name)
                    figures = measured(entrant.method, entrant.seen, drawn, calibrates=tempers)
                    row = kept.keep(same | figures)
                if row is not None:
                    yield row


def tasks_of(labelled: LabelledSet) -> dict[int, tuple[list[EpisodeIndices], EpisodeShape]]:
    """The episodes of every number of shots that the set has pictures enough for."""
    tasks = {}
    for n_shot in SHOTS:
        with suppress(SupportSetError):
            tasks[n_shot] = episodes_of(labelled, n_shot, N_EPISODES, SEED)
    return tasks


class Kept:
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


def measure_all(given: argparse.Namespace) -> dict[str, Any]:
    """Everything measured, as one document."""
    sets = measured_sets(given.data)
    trained = load_backbone().card.facts["trained_on"]
    raw = raw_rival(given.data.parent / "backbones")
    rivals = with_base(
        raw, [s for s in sets if s.folder.name in trained and not s.only], given.cache
    )
    methods = given.methods.split(",") if given.methods else [*METHODS, AUTOMATIC]
    chosen = [s for s in sets if not given.sets or s.name in given.sets.split(",")]
    given.until = time.monotonic() + 60 * given.minutes
    rows = list[Row]()
    for turn in turns(methods):
        for one in chosen:
            sys.stderr.write(f"{turn.role}: {one.name}\n")
            rows += rows_of(one, turn, rivals, given)
    if not rows:
        raise SystemExit("Nothing was measured: give more minutes.")
    told = [described(one, read_set(one, given.cache), load_backbone().card) for one in chosen]
    times = {n: milliseconds_a_picture(load_backbone(), raw, n) for n in (1, 16)}
    return document(ROOT, told, rows, times)


def main() -> None:
    """Measure what is not measured yet, and write the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", type=Path, nargs="?")
    asked.add_argument("--from-json", type=Path)
    asked.add_argument("--cache", type=Path, default=ROOT / "runs" / "results")
    asked.add_argument("--methods", default="", help="names with commas; by default all")
    asked.add_argument("--sets", default="", help="names with commas; by default all")
    asked.add_argument("--slow-episodes", type=int, default=60)
    asked.add_argument("--costly-episodes", type=int, default=10, help="of MAML, FiLM and the like")
    asked.add_argument("--out", type=Path, default=ROOT, help="holds README.md and docs/")
    asked.add_argument("--minutes", type=float, default=float("inf"))
    given = asked.parse_args()
    if given.data is None and given.from_json is None:
        asked.print_usage()
        return
    torch.set_num_threads(1)
    if given.from_json:
        content = json.loads(given.from_json.read_text())
    else:
        content = measure_all(given)
        (given.out / "docs/results").mkdir(parents=True, exist_ok=True)
        (given.out / "docs/results/accuracy.json").write_text(json.dumps(content, indent=0) + "\n")
    write_tables(content, given.out)


if __name__ == "__main__":
    main()
