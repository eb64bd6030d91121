"""Inference engines and the precision they compute in."""
