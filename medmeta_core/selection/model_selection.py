"""Which method suits these examples, and why: the choice "automatic" makes.

Every quick method classifies each example when its fold is left out. A fold takes from all
conditions alike: where one example alone is left out, its condition has one fewer than the others,
and some methods can tell by that. A cautious default stays unless another method is surely better:
its log loss lower by N_STANDARD_ERRORS standard errors of the paired difference and below a
guess's, and more of the examples recognised. The method that merely comes out first often does so
by luck (after Breiman et al., Classification and Regression Trees, 1984, section 3.4.3; figures in
decision 015).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf, log, sqrt
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor

from medmeta_core.episodes import EmbeddedSupport, LabelledExamples, SupportSet
from medmeta_core.errors import NumericalError
from medmeta_core.methods import FewShotMethod
from medmeta_core.progress import Progress, silent
from medmeta_core.trust.calibration import fit_temperature
from medmeta_core.trust.leave_one_out import CrossValidationRun, leave_one_out

AUTOMATIC = "automatic"
DEFAULT_FEW_SHOT, DEFAULT_MANY_SHOT = "prototypical", "ridge"
"""The defaults: prototypes where a condition has FEW examples or fewer, else ridge regression."""

FEW = 2
N_STANDARD_ERRORS = 2.0
"""Standard errors by which the default has to be beaten."""

MIN_EVALUATED = 6
"""With fewer examples that can be left out there is nothing to choose by."""

Reason = Literal["default", "better", "less_better", "within_error", "worse", "too_few"]


@dataclass(frozen=True)
class Candidate:
    """How one method did on the examples left out.

    Attributes:
        method: its name.
        accuracy: mean recall over the conditions; NaN where nothing could be left out.
        log_loss: mean over the conditions, each method under its own temperature.
        gain: how much lower its log loss is than the default's, and `error`, the standard error
            of that paired difference over patients.
        seconds: that leaving out took.
        reason: why it was chosen or not.
    """

    method: str
    accuracy: float
    log_loss: float
    gain: float
    error: float
    seconds: float
    reason: Reason


@dataclass(frozen=True)
class Choice:
    """The method chosen and what spoke for it.

    Attributes:
        method: the one chosen.
        default: the one that had to be beaten.
        candidates: all that were asked, in the order given.
    """

    method: str
    default: str
    candidates: tuple[Candidate, ...]


def choose(
    methods: Mapping[str, FewShotMethod],
    support: SupportSet | EmbeddedSupport,
    *,
    progress: Progress = silent,
) -> tuple[Choice, CrossValidationRun]:
    """The method for these examples, and its leave-one-out results.

    Accuracy and log loss of the chosen method are a little too good, as it was chosen by them.

    Raises:
        NumericalError: none of the methods can be computed on these examples.
    """
    n_folds = max(2, min(support.counts))
    runs, seconds = dict[str, CrossValidationRun](), dict[str, float]()
    for number, (name, method) in enumerate(methods.items()):
        began = perf_counter()
        with suppress(NumericalError):  # what cannot be computed on these examples is not asked
            runs[name] = leave_one_out(
                method,
                support,
                max_folds=n_folds,
                progress=partial(_tell, progress, (number, len(methods) + 1), name),
            )
        seconds[name] = perf_counter() - began
    if not runs:
        raise NumericalError
    default = default_method(list(runs), support)
    losses = {name: _losses(left_out, support) for name, left_out in runs.items()}
    compared = {name: _gain(loss, losses[default], support) for name, loss in losses.items()}
    recognised = {name: one.figures.balanced_accuracy for name, one in runs.items()}
    knows = {
        name
        for name, loss in losses.items()
        if _mean(loss, support) < log(len(support.conditions))
        and recognised[name] > recognised[default]
    }
    n_evaluated = int(losses[default].isfinite().sum())
    reasons = _reasons(compared, default, knows if n_evaluated >= MIN_EVALUATED else None)
    candidates = tuple(
        Candidate(
            name,
            recognised[name],
            _mean(loss, support),
            *compared[name],
            seconds[name],
            reasons[name],
        )
        for name, loss in losses.items()
    )
    chosen = next((name for name, reason in reasons.items() if reason == "better"), default)
    last = partial(_tell, progress, (len(methods), len(methods) + 1), chosen)
    return Choice(chosen, default, candidates), leave_one_out(
        methods[chosen], support, progress=last
    )


def _tell(progress: Progress, place: tuple[int, int], name: str, done: float, _: str) -> None:
    """How far one of several methods is: `place` says which, and of how many."""
    number, n_methods = place
    progress((number + done) / n_methods, name)


def default_method(names: Sequence[str], support: LabelledExamples) -> str:
    """The method that is taken unless another is surely better; the first where it is missing."""
    preferred = DEFAULT_FEW_SHOT if min(support.counts) <= FEW else DEFAULT_MANY_SHOT
    return next((name for name in (preferred, DEFAULT_FEW_SHOT) if name in names), names[0])


def _reasons(
    compared: Mapping[str, tuple[float, float]], default: str, knows: Collection[str] | None
) -> dict[str, Reason]:
    """Why each method is chosen or not; one at most is "better".

    Args:
        knows: the methods that may take the default's place; None where too few were evaluated.
    """
    if knows is None:
        return {name: "default" if name == default else "too_few" for name in compared}
    surely = {
        name: gain for name, (gain, error) in compared.items() if gain > N_STANDARD_ERRORS * error
    }
    surely = {name: gain for name, gain in surely.items() if name in knows}
    best = max(surely, key=surely.__getitem__, default=default)
    reasons = dict[str, Reason]()
    for name, (gain, error) in compared.items():
        if name == default:
            reasons[name] = "default"
        elif name in surely:
            reasons[name] = "better" if name == best else "less_better"
        else:
            reasons[name] = "within_error" if gain >= -N_STANDARD_ERRORS * error else "worse"
    return reasons


def _losses(left_out: CrossValidationRun, support: LabelledExamples) -> Tensor:
    """(n,) minus the log probability of what is right; NaN where not classified."""
    scores = left_out.scores.double() / fit_temperature(left_out.scores, support.labels)
    log_probabilities = scores.log_softmax(1)[torch.arange(len(support)), support.labels]
    return -log_probabilities


def _weights(is_evaluated: Tensor, support: LabelledExamples) -> Tensor:
    """(n,) that sum to 1, every classified condition weighing the same."""
    counts = torch.bincount(support.labels[is_evaluated], minlength=len(support.conditions))
    return torch.where(
        is_evaluated, 1 / (counts[support.labels] * (counts > 0).sum()), 0.0
    ).double()


def _mean(values: Tensor, support: LabelledExamples) -> float:
    is_evaluated = values.isfinite()
    if not bool(is_evaluated.any()):
        return float("nan")
    return float((values.nan_to_num() * _weights(is_evaluated, support)).sum())


def _gain(losses: Tensor, defaults: Tensor, support: LabelledExamples) -> tuple[float, float]:
    """How much lower (n,) losses are than the default's, and the standard error over patients."""
    is_evaluated = losses.isfinite() & defaults.isfinite()
    folds = torch.tensor(support.patient_ids())
    n_patients = len(torch.unique(folds[is_evaluated]))
    if n_patients < 2:
        return 0.0, inf
    weights, differences = _weights(is_evaluated, support), (defaults - losses).nan_to_num()
    mean = float((weights * differences).sum())
    sums = torch.zeros(int(folds.max()) + 1, dtype=torch.float64)
    sums = sums.index_add(0, folds, weights * (differences - mean))
    return mean, sqrt(n_patients / (n_patients - 1) * float(sums.square().sum()))
