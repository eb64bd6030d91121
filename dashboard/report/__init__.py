"""The page that exports the report."""
