"""The best weights of a run so far, by a figure that is looked at along the way."""

import copy
from typing import Any

from torch import nn


class Best:
    """Keeps a network's weights when its figure is the highest so far; part of the checkpoint.

    Args:
        patience: looks without a higher figure after which the run is over; 0 for never.
    """

    def __init__(self, network: nn.Module, *, patience: int) -> None:
        self._network, self._patience = network, patience
        self.figure, self.step, self._n_worse = 0.0, -1, 0
        self._weights = dict[str, Any]()

    @property
    def is_over(self) -> bool:
        """Whether as many looks as the patience brought nothing better."""
        return 0 < self._patience <= self._n_worse

    def look(self, step: int, figure: float) -> None:
        """Take the figure of the network after a step."""
        if figure > self.figure:
            self.figure, self.step, self._n_worse = figure, step, 0
            self._weights = copy.deepcopy(self._network.state_dict())
        else:
            self._n_worse += 1

    @property
    def facts(self) -> dict[str, float]:
        """For a card: after which step the weights were the best, and by what figure."""
        return {"step": self.step, "accuracy_on_unseen_sets": round(self.figure, 4)}

    def put_back(self, *, with_last: bool = False) -> None:
        """Give the network its best weights again; those it has where nobody looked.

        Args:
            with_last: the mean of the best and those it has, in their place: where both lie in one
                basin it does better than either (Wortsman et al. 2022, arXiv:2203.05482).
        """
        if not self._weights:
            return
        last = self._network.state_dict()
        weights = {
            name: (best + last[name]) / 2 if with_last and best.is_floating_point() else best
            for name, best in self._weights.items()
        }
        self._network.load_state_dict(weights)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        state = {"figure": self.figure, "step": self.step, "n_worse": self._n_worse}
        return state | {"weights": self._weights}

    def load_state_dict(self, state_dict: Any) -> None:
        """Become what the state says."""
        self.figure, self.step = float(state_dict["figure"]), int(state_dict["step"])
        self._n_worse, self._weights = int(state_dict["n_worse"]), dict(state_dict["weights"])
