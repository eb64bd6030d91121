"""Outer loops: how the shipped weights come about."""
