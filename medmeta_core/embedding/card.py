"""`ModelCard`: what a file of weights is, where it comes from, and its digest."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medmeta_core.errors import BackboneError


@dataclass(frozen=True)
class ModelCard:
    """Facts of one backbone; `sha256` is of the safetensors file beside the card.

    Attributes:
        scale: of squared distances between embeddings, learned on base episodes.
        unit_length: whether embeddings are brought to length 1.
        maml: inner-loop settings {"rate", "steps"} where an inner loop was learned, else empty.
        inner_rates: by parameter, the size of each inner step where each was learned
            (MAML++, arXiv:1810.09502); what is not named moves at the rate in `maml`.
        saliency: of a network of timm, the layer that Grad-CAM looks at: its name and the fields
            of its `Layout`; else empty.
        members: of a joint backbone, the fields of each `Member`; else empty.
        unmirrored: name of the backbone to take in its place where left and right matter, as it
            looks at no mirrored view; "" where there is none.
        facts: training data, licences, cost, limits: shown on the page About.
    """

    name: str
    architecture: str
    input_side: int
    sha256: str
    scale: float = 10.0
    unit_length: bool = True
    maml: dict[str, float] = field(default_factory=dict)
    inner_rates: dict[str, list[float]] = field(default_factory=dict)
    saliency: dict[str, Any] = field(default_factory=dict)
    members: list[dict[str, Any]] = field(default_factory=list)
    unmirrored: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "ModelCard":
        """The card in a JSON file.

        Raises:
            BackboneError: the file is not a card.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise BackboneError("model-card", file=path.name) from error

    def write(self, path: Path) -> None:
        """Write the card as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", "utf-8")
