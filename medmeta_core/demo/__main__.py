"""Draw the demo sets: `python -m medmeta_core.demo OUT`."""

import sys
from pathlib import Path

from medmeta_core.demo import write_demo_sets

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m medmeta_core.demo OUT")
    write_demo_sets(Path(sys.argv[1]))
