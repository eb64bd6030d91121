"""Ridge regressions without some of the examples, all from few eigendecompositions.

A fold that leaves examples out is the problem of all examples less some rows and columns, whose
inverse follows from that of the whole by the inversion of blocks (Schur; Golub and Van Loan, Matrix
Computations, section 2.1.4). Conditions weigh the same in every fold, so that folds differ in the
weights of what they keep, too; but those that leave as many of each condition share them. Leaving
out each of 300 examples of five conditions takes 5 decompositions, not 300.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.progress import check_stopped

TOGETHER = 32
"""Folds in memory at once."""


def dual_solutions(
    points: Tensor, labels: Tensor, keep_masks: Tensor, penalties: Tensor
) -> tuple[Tensor, Tensor]:
    """The ridge regressions of class memberships on weighted points, with a free intercept.

    Args:
        points: (n, d) float64.
        keep_masks: (m, n) which of them each fold sees.
        penalties: (m, n_lambdas) tried in each fold.

    Returns:
        The dual coefficients (m, n_lambdas, n, n_conditions) of the points times the square roots
        of their weights, 0 for what is left out; and the squared leave-one-out errors of what is
        kept, (m, n_lambdas, n), weighted.
    """
    members = F.one_hot(labels).double()
    counts, group = (keep_masks.double() @ members).unique(dim=0, return_inverse=True)  # type: ignore[no-untyped-call]
    roots = (1 / (members.shape[1] * counts[:, labels])).sqrt()  # of the weights, (n_groups, n)
    spectrum, axes = torch.linalg.eigh(roots[:, None] * (points @ points.T) * roots[..., None])
    design = torch.cat([members, torch.ones_like(members[:, :1])], 1)
    duals = points.new_zeros(*penalties.shape, *members.shape)
    errors = points.new_zeros(*penalties.shape, len(points))
    n_left_out = (~keep_masks).sum(1)
    for n in sorted(set(n_left_out.tolist())):
        for some in torch.split(torch.nonzero(n_left_out == n)[:, 0], TOGETHER):
            check_stopped()
            of = group[some]
            shrunk = 1 / (spectrum[of].clamp_min(0)[:, None] + penalties[some][..., None])
            targets = design * roots[of][..., None]  # (g, n, n_conditions + 1)
            places = (~keep_masks[some]).nonzero()[:, 1].view(len(some), n)
            inverse = _without((shrunk, axes[of]), targets, places)
            duals[some], errors[some] = _with_intercept(inverse, targets, keep_masks[some])
    return duals, errors


def _without(
    whole: tuple[Tensor, Tensor], targets: Tensor, places: Tensor
) -> tuple[Tensor, Tensor]:
    """The inverse without some rows and columns: its product with `targets`, and its diagonal.

    Args:
        whole: eigenvalues (g, n_lambdas, n) and eigenvectors (g, n, n) of the inverse of the whole.
        targets: (g, n, k).
        places: (g, r) the rows and columns left out.
    """
    shrunk, axes = whole
    k, n = targets.shape[-1], places.shape[1]
    taken = axes.gather(1, places[..., None].expand(-1, -1, axes.shape[-1]))  # (g, r, n)
    columns = torch.cat([axes.mT @ targets, taken.mT], -1)  # (g, n, k + r)
    scaled = shrunk.mT[..., None] * columns[:, :, None]  # (g, n, n_lambdas, k + r)
    products = (axes @ scaled.flatten(2)).view(scaled.shape).transpose(1, 2)
    diagonal = shrunk @ axes.square().mT  # (g, n_lambdas, n)
    if not n:
        return products, diagonal
    products_of_targets, other = products[..., :k], products[..., k:]
    at = places[:, None, :, None].expand(-1, shrunk.shape[1], -1, k + n)
    block = products.gather(2, at)  # (g, n_lambdas, r, k + r)
    solved = torch.linalg.solve(block[..., k:], torch.cat([block[..., :k], other.mT], -1))
    return products_of_targets - other @ solved[..., :k], diagonal - (
        other * solved[..., k:].mT
    ).sum(-1)


def _with_intercept(
    inverse: tuple[Tensor, Tensor], targets: Tensor, keep_masks: Tensor
) -> tuple[Tensor, Tensor]:
    """Dual coefficients whose weighted sum is 0, and leave-one-out errors.

    Args:
        inverse: its product (g, n_lambdas, n, k) with `targets`, and its diagonal.
        targets: (g, n, k) targets and, last, the roots of the weights.
    """
    products, diagonal = inverse[0] * keep_masks[:, None, :, None], inverse[1]
    along = products[..., -1:]  # (g, n_lambdas, n, 1)
    bent = along / (targets[:, None, :, -1:] * along).sum(2, keepdim=True)
    dual = products[..., :-1] - bent * (along.mT @ targets[:, None, :, :-1])
    spread = torch.where(keep_masks[:, None], diagonal - (along * bent)[..., 0], 1)
    return dual, (dual / spread[..., None]).square().sum(-1)
