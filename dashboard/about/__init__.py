"""The page on purpose, limits, methods and models."""
