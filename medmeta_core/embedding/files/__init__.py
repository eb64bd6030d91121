"""Files of weights: where they lie, how they are read, checked and imported."""
