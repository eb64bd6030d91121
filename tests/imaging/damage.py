"""Files with bytes changed at random and their end cut off."""

from collections.abc import Sequence

import numpy as np

from medmeta_core.imaging import ReadItem, Refusal, Upload, read_uploads


def read_damaged(
    contents: Sequence[bytes], *, n_each: int, n_bytes: int
) -> list[ReadItem | Refusal]:
    """What comes of `n_each` damaged copies of each content, in one upload; all are answered."""
    generator = np.random.default_rng(0)
    uploads = []
    for content in contents:
        for i in range(n_each):
            damaged = bytearray(content)
            for at in generator.integers(0, len(damaged), n_bytes):
                damaged[at] = generator.integers(256)
            end = generator.integers(1, len(damaged) + 1)
            uploads.append(Upload(f"{i}", bytes(damaged[:end])))
    items = list(read_uploads(uploads))
    assert len(items) == len(uploads)
    return items
