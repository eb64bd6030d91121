"""Whether the adaptations and results of a session file agree with each other.

A page draws one beside the other: what is counted in one must be there in the other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from medmeta_core.errors import SessionFileError
from medmeta_core.workspace.session_rows import Row

SUM_WITHIN = 1e-3
"""How far from 1 a sum of probabilities may be, which were rounded on their way."""

_ID = re.compile(r"[0-9a-f]{32}")


def check_answers(adaptations: Iterable[Row], results: Iterable[Row]) -> None:
    """Refuse rows, each of its form already, that contradict each other.

    Raises:
        SessionFileError: they do.
    """
    by_id = {row["id"]: row for row in adaptations}
    for row in by_id.values():
        if not _is_consistent(row):
            raise SessionFileError("references", fault_of_references="figures")
    pairs = set()
    for row in results:
        adaptation = by_id[row["adaptation_id"]]
        pair = row["image_id"], row["adaptation_id"]
        if pair in pairs or not _answers(row, adaptation):
            raise SessionFileError("references", fault_of_references="answer")
        pairs.add(pair)


def _is_consistent(adaptation: Row) -> bool:
    ids, labels, figures = (adaptation[name] for name in ("image_ids", "labels", "figures"))
    left_out = figures["cross_validation"]
    conditions = list(dict.fromkeys(labels))
    n = len(labels)
    return (
        all(map(_ID.fullmatch, ids))
        and len(set(ids)) == len(ids) == n == len(figures["patients"])
        and left_out["conditions"] == conditions
        and len(conditions) >= 2
        and left_out["labels"] == [conditions.index(label) for label in labels]
        and len(left_out["probabilities"]) == n
        and all(
            row is None or _is_distribution(row, len(conditions))
            for row in left_out["probabilities"]
        )
        and left_out["n_folds"] <= n
        and (left_out.get("n_groups") or 0) <= n
        and (left_out.get("n_with_patient") or 0) <= n
        and _is_choice(figures.get("choice"), adaptation["method"])
    )


def _is_choice(choice: Mapping[str, Any] | None, method: str) -> bool:
    if choice is None:
        return True
    methods = [candidate["method"] for candidate in choice["candidates"]]
    return (
        choice["method"] == method
        and {method, choice["default"]} <= set(methods)
        and len(set(methods)) == len(methods)
    )


def _answers(result: Row, adaptation: Row) -> bool:
    prediction, labels = result["prediction"], adaptation["labels"]
    conditions = list(dict.fromkeys(labels))
    conformal_set = prediction["conformal_set"]
    return (
        prediction["conditions"] == conditions
        and _is_distribution(prediction["probabilities"], len(conditions))
        and len(prediction["intervals"]) == len(conditions)
        and all(low <= high for low, high in prediction["intervals"])
        and (
            conformal_set is None
            or (
                set(conformal_set) <= set(conditions)
                and len(set(conformal_set)) == len(conformal_set)
            )
        )
        and len(prediction.get("p_values") or conditions) == len(conditions)
        and len((prediction.get("spread") or {"errors": conditions})["errors"]) == len(conditions)
        and all(_is_example(case, labels) for case in prediction["similar_cases"])
        and max((prediction.get("own_examples") or {}).get("positions", [0])) < len(labels)
        and (prediction["heat_map"] is None) == (result["heat_map"] is None)
        and (prediction["heat_map"] is None or prediction["heat_map"]["condition"] in conditions)
    )


def _is_example(case: Mapping[str, Any], labels: Sequence[str]) -> bool:
    return case["condition"] in labels[case["index"] : case["index"] + 1]


def _is_distribution(probabilities: Sequence[float], n: int) -> bool:
    return len(probabilities) == n and abs(sum(probabilities) - 1) <= SUM_WITHIN
