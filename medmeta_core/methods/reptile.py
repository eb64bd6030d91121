"""Reptile: gradient steps on the examples, from a start that lies near the ends of many tasks.

Nichol, Achiam, Schulman: On First-Order Meta-Learning Algorithms. 2018, arXiv:1803.02999.
Score: the output of the adapted linear head. Its inner loop is MAML's; what differs is how
the start was learned: it was moved towards the adapted weights of each training task.

The head starts from zero: the mean over conditions of a linear head never moves under
cross-entropy, so that Reptile has nothing to teach a start that all conditions share.
"""

from medmeta_core.methods.maml import Maml


class Reptile(Maml):
    """The inner loop from a start that Reptile learned; all layers move."""
