"""Training loop with resume, progress reporting and checkpoints."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from medmeta_core.progress import Progress, silent
from medmeta_core.training.loop.checkpoint import EVERY_S, Checkpoint
from medmeta_core.training.loop.distributed import ALONE, ProcessGroup
from medmeta_core.training.loop.learning_log import LearningLog, Pace
from medmeta_core.training.loop.run_fingerprint import RunFingerprint

N_PROGRESS_LINES = 1_000
"""How often a run reports its progress; at every step if it has fewer."""

PLOT_INTERVAL_S = 60.0
"""The picture of the curves is redrawn at most this often, and at the end."""

N_VALIDATIONS = 20
"""How often a run looks at its validation pictures, unless the recipe says."""


CHECKPOINT = "checkpoint.pt"


def seconds_of(folder: Path) -> float:
    """What the run in a folder took so far, over all its starts."""
    state = Checkpoint(folder / CHECKPOINT).read() or {}
    return float(state.get("seconds", 0))


class Stateful(Protocol):
    """A module or an optimiser."""

    def state_dict(self) -> dict[str, Any]:
        """Everything it is made of."""

    def load_state_dict(self, state_dict: Any) -> Any:
        """Become what the state says."""


@dataclass(frozen=True)
class Run:
    """A training run: its fingerprint, folder, processes and progress listener."""

    fingerprint: RunFingerprint
    folder: Path
    ranks: ProcessGroup = ALONE
    progress: Progress = silent
    checkpoint_every_s: float = EVERY_S


class TrainingLoop:
    """The steps of a run that are left.

    Attributes:
        first: the step to go on from; 0 on a first start.

    Args:
        parts: what the checkpoint keeps, by name; each is given back its state here.

    Raises:
        RecipeError: the run in the folder was begun with something else.
    """

    def __init__(self, run: Run, parts: Mapping[str, Stateful]) -> None:
        self._run, self._parts, self._recipe = run, parts, run.fingerprint.recipe
        self._checkpoint = Checkpoint(run.folder / CHECKPOINT, every_s=run.checkpoint_every_s)
        self.first = self._restored()
        run.ranks.wait()  # nobody writes before everybody has read
        self._log = LearningLog(run.folder, first=self.first) if run.ranks.is_first else None
        self._pace = Pace(
            self.first,
            self._recipe.n_steps,
            per_step=self._recipe.batch,
            unit="images" if self._recipe.kind == "distillation" else "tasks",
        )

    @property
    def ranks(self) -> ProcessGroup:
        """Who works on it."""
        return self._run.ranks

    def steps(self, *, until: Callable[[], bool] = lambda: False) -> Iterator[int]:
        """The steps left, in order; a checkpoint is written when one is due, and at the end.

        Args:
            until: says after a step that it was the last one.
        """
        done = self.first
        while done < self._recipe.n_steps and not until():
            yield done
            done += 1
            if self._run.ranks.is_first and self._checkpoint.is_due():
                self._keep(done)
        if self._run.ranks.is_first:
            self._keep(done)

    def tell(self, step: int, values: Mapping[str, float]) -> None:
        """Log a value of each curve, every so often."""
        n_steps = self._recipe.n_steps
        if self._log is None or step % max(1, n_steps // N_PROGRESS_LINES):
            return
        self._log.write(step, values)
        figures = " ".join(f"{curve} {value:.3f}" for curve, value in values.items())
        self._run.progress(
            step / n_steps, f"step {step}/{n_steps} {figures}, {self._pace.summary(step)}"
        )

    def is_validation_due(self, step: int) -> bool:
        """Whether to look at the validation pictures after this step."""
        n_steps = self._recipe.n_steps
        every = self._recipe.validate_every or max(1, n_steps // N_VALIDATIONS)
        return (step + 1) % every == 0 or step + 1 == n_steps

    def tell_validation(
        self, step: int, accuracy: float, *, curve: str = "validation accuracy"
    ) -> None:
        """Log the accuracy on validation pictures, under the name of its curve."""
        if self._log is None:
            return
        self._log.write(step, {curve: accuracy})
        n_steps = self._recipe.n_steps
        self._run.progress((step + 1) / n_steps, f"after step {step}: {curve} {accuracy:.4f}")

    def _restored(self) -> int:
        self._began = self._drawn = time.monotonic()
        self._seconds = 0.0
        state = self._checkpoint.read()
        if state is None:
            return 0
        self._seconds = float(state.get("seconds", 0))
        step = int(state["step"])
        if "origin" in state:
            self._run.fingerprint.refuse_if_other(state["origin"], step)
        for name, part in self._parts.items():
            if name in state:  # a run may be older than a part
                part.load_state_dict(state[name])
        return step

    def _keep(self, step: int) -> None:
        states = {name: part.state_dict() for name, part in self._parts.items()}
        progress = {
            "step": step,
            "origin": self._run.fingerprint.written(),
            "seconds": self._seconds + time.monotonic() - self._began,
        }
        self._checkpoint.write(states | progress)
        is_last = step == self._recipe.n_steps
        if self._log is not None and (is_last or time.monotonic() - self._drawn > PLOT_INTERVAL_S):
            self._drawn = time.monotonic()
            self._log.draw()
