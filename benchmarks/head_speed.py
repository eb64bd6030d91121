"""Fitting and scoring an episode on given features, against easyfsl; prints a Markdown table.

5 conditions, 5 examples each, 75 queries, features of length 512; both are given ready tensors.
Ours goes the way that a clinician's examples go: `fit` a support set, then `scores`.
Run: python benchmarks/head_speed.py
"""

import sys
import time

import torch
import torch.nn.functional as F
from easyfsl.methods import PrototypicalNetworks
from pairing import markdown, paired
from torch import Tensor, nn

from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import EmbeddedSupport
from medmeta_core.methods import OnBackbone, Prototypical
from medmeta_core.methods.prototypical import PrototypeHead, prototypes

N_WAY, N_SHOT, N_QUERY, N_FEATURES = 5, 5, 15, 512
RUNS = 2000

SUPPORT_LABELS = torch.arange(N_WAY).repeat_interleave(N_SHOT)
QUERY_LABELS = torch.arange(N_WAY).repeat_interleave(N_QUERY)


def episode_features() -> tuple[Tensor, Tensor]:
    """Features of unit length of the support (25, d) and of the queries (75, d)."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(N_WAY, N_FEATURES, generator=generator)
    near = [
        centres[labels] + 6 * torch.randn(len(labels), N_FEATURES, generator=generator)
        for labels in (SUPPORT_LABELS, QUERY_LABELS)
    ]
    return F.normalize(near[0], dim=-1), F.normalize(near[1], dim=-1)


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    support, queries = episode_features()
    peer = PrototypicalNetworks(nn.Identity()).eval()
    names = tuple(f"condition {k}" for k in range(N_WAY))
    examples = EmbeddedSupport(support, SUPPORT_LABELS, names)
    method = OnBackbone(Prototypical(load_backbone()))

    @torch.inference_mode()
    def by_peer() -> Tensor:
        peer.process_support_set(support, SUPPORT_LABELS)
        scores: Tensor = peer(queries)
        return scores

    def by_method() -> Tensor:
        return method.fit(examples).scores_of(queries)

    @torch.inference_mode()
    def by_head() -> Tensor:
        scores: Tensor = PrototypeHead(prototypes(support, SUPPORT_LABELS, N_WAY), 1.0)(queries)
        return scores

    ways = {"easyfsl": by_peer, "ours, fit and scores": by_method, "ours, the head alone": by_head}
    rows = [
        [
            name,
            f"{1e6 * timing.seconds:.0f}",
            f"{timing.ratio:.1f}",
            f"{float((ways[name]().argmax(1) == QUERY_LABELS).double().mean()):.3f}",
        ]
        for name, timing in paired(ways, runs=RUNS, clock=time.perf_counter).items()
    ]
    columns = ["episode on given features", "µs", "easyfsl / it", "accuracy"]
    sys.stdout.write(markdown(columns, rows))


if __name__ == "__main__":
    main()
