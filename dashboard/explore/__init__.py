"""The page of the embedding map."""
