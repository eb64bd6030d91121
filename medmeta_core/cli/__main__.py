"""`python -m medmeta_core.cli`."""

from medmeta_core.cli.command import main

main()
