"""Full context embeddings of Matching Networks: an example is seen in the light of all others.

Vinyals, Blundell, Lillicrap, Kavukcuoglu, Wierstra: Matching Networks for One Shot Learning.
NeurIPS 2016, arXiv:1606.04080, section 2.1.2 and appendix A.

Departures: the paper reads the examples in one order with a bidirectional LSTM; here they are
read as a set, by the same attention LSTM that reads them for the query, so that their order does
not matter (Vinyals et al. 2016, arXiv:1511.06391). The LSTMs run in WIDTH dimensions; what they
read is added to the embedding through a learned map that starts at zero.
"""

import torch
from torch import Tensor, nn

WIDTH, STEPS = 128, 3


class AttentionReading(nn.Module):
    """Reads a set with an attention LSTM: attLSTM of the appendix."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(2 * width, width)

    def forward(self, points: Tensor, memory: Tensor, log_weights: Tensor) -> Tensor:
        """What points (n, w) know after reading memory (k, w), each item by its weight.

        Args:
            log_weights: (n, k) or (1, k), added to the attention; -inf hides an item.
        """
        hidden, cell = points, torch.zeros_like(points)
        for _ in range(STEPS):
            attention = (hidden @ memory.T + log_weights).softmax(-1)  # equations 5 and 6
            read = attention @ memory
            hidden, cell = self.cell(torch.cat([points, read], 1), (hidden, cell))  # equation 3
            hidden = hidden + points  # equation 4
        return hidden


class FullContext(nn.Module):
    """Embeddings g(x, S) of examples and f(x, S) of a query, given all examples S.

    Args:
        n_features: length d of an embedding.
    """

    def __init__(self, n_features: int, width: int = WIDTH) -> None:
        super().__init__()
        self.down = nn.Linear(n_features, width, bias=False)
        self.read_examples = AttentionReading(width)
        self.read_query = AttentionReading(width)
        self.up_examples = nn.Linear(width, n_features, bias=False)
        self.up_query = nn.Linear(width, n_features, bias=False)
        nn.init.zeros_(self.up_examples.weight)
        nn.init.zeros_(self.up_query.weight)
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def examples(self, embeddings: Tensor, weights: Tensor) -> Tensor:
        """g: (m, n, d) of examples (n, d), read under each row of weights (m, n).

        An example of weight 0 is not read by the others.
        """
        m, n = weights.shape
        points = self.down(embeddings)
        log_weights = weights.log().repeat_interleave(n, 0)  # (m n, n)
        read = self.read_examples(points.repeat(m, 1), points, log_weights)
        contextual: Tensor = embeddings + self.up_examples(read).view(m, n, -1)
        return contextual

    def queries(self, embeddings: Tensor, examples: Tensor, weights: Tensor) -> Tensor:
        """f: queries (n, d) after reading examples (k, d) in context, of weights (k,)."""
        read = self.read_query(self.down(embeddings), self.down(examples), weights.log()[None])
        contextual: Tensor = embeddings + self.up_query(read)
        return contextual
