"""Small drawn picture sets that look like a modality and say in the picture that they are not."""

from medmeta_core.demo.demo_set import DemoSet, demo_sets, write_demo_sets

__all__ = ["DemoSet", "demo_sets", "write_demo_sets"]
