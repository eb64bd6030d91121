"""`Recipe`: everything that decides what a training yields."""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi

from medmeta_core.errors import MedMetaError

FALLING = 1 / 3
"""Share of a distillation over which the rate falls."""


WARM_UP = 200
"""Steps over which the rate of a round rises."""

START = "start"
"""Among the teachers: the network as it was before the first step."""


class RecipeError(MedMetaError):
    """A recipe names something unknown or lacks something."""


@dataclass(frozen=True)
class BaseSet:
    """One data set of the recipe: a folder whose sub-folders are conditions, or a manifest.csv.

    Attributes:
        folder: relative to the data folder given at the start.
        flip: whether left and right may be exchanged (not where laterality matters).
        turn: whether the picture may be turned by quarters (cells, histology).
        column: of manifest.csv, the condition; "" takes the whole set as one condition.
        group: of manifest.csv, the patient, who is never on both sides of an episode; "" where
            not known. DICOM files without a manifest name their own.
        without: conditions held out on purpose: not read at all.
        validation: conditions kept from training, to look at along the way.
        validation_share: of the patients of every other condition, likewise.
        weight: how often its pictures are drawn, relative to an even draw.
        licence: as stated by the source, for the card.
    """

    folder: str
    flip: bool = True
    turn: bool = False
    column: str = "cls"
    group: str = ""
    without: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    validation_share: float = 0.0
    weight: float = 1.0
    licence: str = ""


@dataclass(frozen=True)
class Recipe:
    """A training run.

    Attributes:
        kind: "distillation" (classification, with or without teachers), "episodic", or "parts"
            (what methods learn on a frozen backbone, whose card says architecture and side).
        sets: what it is trained on.
        method: of "episodic": what learns, a name in `LEARNERS`.
        start: of a distillation, published weights to begin with, a name in `STARTS`; "" for random
            ones. Its batch normalisation stays as it is: statistics of few sets would replace
            those of a million pictures.
        teachers: files of teacher weights, relative to the data folder, never shipped; names of
            backbones that lie where the new one is written; START is the network's own first state.
        teacher_side: pixels a side at which teachers look; 0 for the views' own.
        unit_length: whether embeddings are brought to length 1.
        view_sides: pixels a side of the views before the rate of a distillation falls, and while
            it falls; () for `input_side`. A crop shows its subject larger than the whole picture
            does at the same side: views may be smaller (Touvron et al. 2019, arXiv:1906.06423).
        n_procedural: drawn pictures that the teachers are asked about besides.
        n_images: augmented pictures seen in all by a distillation, or embedded for "parts".
        micro_batch: pictures of a distillation whose gradients are computed at once, 0 for all of a
            step: a few whose maps fit the processor's cache are quicker than many.
        rounds: pictures after which the rate of a distillation restarts: the ends of all
            rounds but the last. A finished run goes on with one round more.
        batch: pictures, or tasks where "episodic", in one step, over all processes.
        rate: of AdamW at its peak; how it falls to 0 is the kind's own matter.
        schedule: of a distillation's rate: "constant" until it falls in a line over the last
            third of a round, or "cosine", which falls all along.
        label_weight: of the classification, beside the teachers.
        n_way, n_shot, n_query: of a training task; 1 to `n_shot` examples are drawn.
        n_tasks: tasks seen in all. `inner_rate`: at the start; the outer loop moves it.
        weight_decay: of the outer loop. `bfloat16`: whether it may use it; a distillation does.
        validate_every: steps between two looks at the validation tasks; 0 for none.
        validation_sets: sets that a distillation is not trained on. After each look the best
            weights by the mean over these sets are kept, and these are what it yields.
        average: whether it yields the mean of these best weights and of the last ones.
        patience: looks without a better mean after which it stops; 0 for never.
    """

    kind: str
    name: str
    architecture: str
    input_side: int
    sets: tuple[BaseSet, ...]
    method: str = ""
    start: str = ""
    teachers: tuple[str, ...] = ()
    teacher_side: int = 192
    unit_length: bool = True
    seed: int = 0
    view_sides: tuple[int, ...] = ()
    n_procedural: int = 0
    n_images: int = 150_000
    rounds: tuple[int, ...] = ()
    batch: int = 64
    micro_batch: int = 0
    rate: float = 2e-3
    schedule: str = "constant"
    label_weight: float = 1.0
    n_way: int = 5
    n_shot: int = 5
    n_query: int = 10
    n_tasks: int = 2_000
    inner_rate: float = 0.05
    inner_steps: int = 5
    first_order: bool = True
    weight_decay: float = 0.0
    bfloat16: bool = False
    validate_every: int = 0
    validation_sets: tuple[BaseSet, ...] = ()
    average: bool = False
    patience: int = 0

    @property
    def n_steps(self) -> int:
        """Optimiser steps of the whole run."""
        n_samples = self.n_images if self.kind == "distillation" else self.n_tasks
        return n_samples // self.batch

    def rate_at(self, step: int) -> float:
        """Warm-up, then the schedule of a round, which ends at 0.

        Constant first, where so asked (Zhai et al. 2022, arXiv:2106.04560, section 3.5): a run
        can be made longer or shorter until it falls. A new round is a warm restart (Loshchilov
        and Hutter 2017, arXiv:1608.03983, who have the cosine too).
        """
        first, end = self._round(step)
        warm = min(1.0, (step - first + 1) / WARM_UP)
        if self.schedule == "cosine":
            return self.rate * warm * (1 + cos(pi * (step - first) / (end - first))) / 2
        return self.rate * min(warm, (end - step) / ((end - first) * FALLING))

    def side_at(self, step: int) -> int:
        """Pixels a side of the views at a step: few until the rate falls."""
        first, end = self._round(step)
        is_falling = step >= end - (end - first) * FALLING
        return self.view_sides[is_falling] if self.view_sides else self.input_side

    def goes_on_from(self, begun: "Recipe", step: int) -> bool:
        """Whether rates and sides up to `step` are those of the recipe that the run began with."""
        return step <= self.n_steps and all(
            self.rate_at(s) == begun.rate_at(s) and self.side_at(s) == begun.side_at(s)
            for s in range(step)
        )

    def _round(self, step: int) -> tuple[int, int]:
        """First step of the round that holds a step, and the first one after it."""
        edges = [0, *(n_samples // self.batch for n_samples in self.rounds), self.n_steps]
        return next((first, end) for first, end in pairwise(edges) if step < end)
