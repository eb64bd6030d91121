"""The process that draws maps: `python -m medmeta_core.explanation.projection_child FD`.

FD is a socket. A request is (kind, embeddings, cases, seed); the answer is (points, places), or
None where the map cannot be drawn.
"""

import resource
import sys
import warnings
from multiprocessing.connection import Connection

from medmeta_core.explanation.neighbour_maps import NEIGHBOUR_MAPS
from medmeta_core.memory_limit import lift_memory_limit


def serve(line: Connection) -> None:
    """Draw one map after the other until the page's process is gone."""
    while True:
        try:
            kind, embeddings, cases, seed = line.recv()
        except (EOFError, OSError):
            return
        try:
            answer = NEIGHBOUR_MAPS[kind](embeddings, cases, seed)
        except Exception:  # noqa: BLE001 (whatever the libraries raise, there is no map)
            answer = None
        line.send(answer)


def main() -> None:
    """Serve the socket whose number is the first argument."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold embeddings of patients
    lift_memory_limit()
    warnings.simplefilter("ignore")
    serve(Connection(int(sys.argv[1])))


if __name__ == "__main__":
    main()
