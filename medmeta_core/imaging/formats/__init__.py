"""Picture formats, a family in each file: bytes → `Raster`s; runs in the child."""
