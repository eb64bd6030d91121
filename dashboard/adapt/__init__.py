"""The page on which the method is chosen and cross-validated."""
