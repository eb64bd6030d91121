"""The page on which new cases are classified and reviewed."""
