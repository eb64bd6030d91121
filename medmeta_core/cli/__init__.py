"""The command `medmeta`."""

from medmeta_core.cli.command import main

__all__ = ["main"]
