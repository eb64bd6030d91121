"""`StoredAnswer`: what a result of the store says of a case, and its JSON.

The store keeps plain JSON (decision 075); this is the one place that reads and writes the column
`prediction`: the fields of a `Prediction`, the condition that the heat map explains, and the
examples that were left out. Fields that came later are missing in what earlier versions wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medmeta_core.episodes.matching_examples import Relation
from medmeta_core.explanation import Explanation, heat_map_png
from medmeta_core.trust import Prediction, prediction_from_json, prediction_to_json
from medmeta_core.workspace import ResultRecord

HEAT_MAP, LEFT_OUT = "heat_map", "own_examples"
"""The entries beside those of a prediction."""


@dataclass(frozen=True)
class HeatMap:
    """A heat map as stored: an 8-bit grey PNG, the condition it explains, its unscaled peak."""

    png: bytes
    condition: str
    peak: float

    @classmethod
    def of(cls, explanation: Explanation) -> "HeatMap":
        """The heat map of an explanation."""
        return cls(heat_map_png(explanation), explanation.condition, explanation.peak)


@dataclass(frozen=True)
class LeftOutExamples:
    """The examples without which a case was classified, and what it has to do with them.

    Attributes:
        positions: in the order of the adaptation's record.
    """

    relation: Relation
    positions: tuple[int, ...]


@dataclass(frozen=True)
class StoredAnswer:
    """The answer to a case.

    Attributes:
        seconds: wall time.
        left_out: None where the case has nothing to do with the examples.
    """

    prediction: Prediction
    heat_map: HeatMap | None
    seconds: float
    left_out: LeftOutExamples | None = None

    def as_result(self, *, image_id: str, adaptation_id: str) -> ResultRecord:
        """The result by which the store keeps it."""
        heat_map, content = self.heat_map, prediction_to_json(self.prediction)
        content[HEAT_MAP] = None
        if heat_map is not None:
            content[HEAT_MAP] = {"condition": heat_map.condition, "peak": heat_map.peak}
        if self.left_out is not None:
            positions = list(self.left_out.positions)
            content[LEFT_OUT] = {"relation": self.left_out.relation, "positions": positions}
        return ResultRecord(
            image_id=image_id,
            adaptation_id=adaptation_id,
            prediction=content,
            heat_map=None if heat_map is None else heat_map.png,
            seconds=self.seconds,
        )

    @classmethod
    def of(cls, result: ResultRecord) -> "StoredAnswer":
        """The answer that a result holds."""
        content: Mapping[str, Any] = result.prediction
        return cls(
            prediction_from_json(dict(content)),
            _heat_map(content.get(HEAT_MAP), result.heat_map),
            result.seconds,
            _left_out(content.get(LEFT_OUT)),
        )


def _heat_map(content: Mapping[str, Any] | None, png: bytes | None) -> HeatMap | None:
    if content is None or png is None:
        return None
    return HeatMap(png, content["condition"], content["peak"])


def _left_out(content: Mapping[str, Any] | None) -> LeftOutExamples | None:
    if content is None:
        return None
    return LeftOutExamples(content["relation"], tuple(content["positions"]))
