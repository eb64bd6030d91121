"""The page of examples: added, labelled, corrected."""
