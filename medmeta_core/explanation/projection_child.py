"""The process that draws maps: `python -m medmeta_core.explanation.projection_child`.

A request is (kind, embeddings, cases, seed); the answer is (points, places), or None where the map
cannot be drawn. Both are pickled: either side is ours.
"""

import warnings

from medmeta_core.explanation.neighbour_maps import NEIGHBOUR_MAPS
from medmeta_core.operating_system import forbid_core_files, limit_private_memory
from medmeta_core.pipe_line import PipeLine, line_to_parent, receive_object, send_object


def serve(line: PipeLine) -> None:
    """Draw one map after the other until the page's process is gone."""
    while True:
        try:
            kind, embeddings, cases, seed = receive_object(line)
        except (EOFError, OSError):
            return
        try:
            answer = NEIGHBOUR_MAPS[kind](embeddings, cases, seed)
        except Exception:  # noqa: BLE001 (whatever the libraries raise, there is no map)
            answer = None
        send_object(line, answer)


def main() -> None:
    """Serve the parent."""
    line = line_to_parent()
    forbid_core_files()  # a core would hold embeddings of patients
    limit_private_memory(None)
    warnings.simplefilter("ignore")
    serve(line)


if __name__ == "__main__":
    main()
