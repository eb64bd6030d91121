"""An episode leaves its examples out as the dashboard does."""

import pytest
import tiny

from medmeta_core.analysis import adapt
from medmeta_core.evaluation.evaluate import fitted
from medmeta_core.methods import METHODS
from medmeta_core.selection import catalogue
from medmeta_core.trust import CrossValidationRun, leave_one_out


@pytest.mark.parametrize("name", ["ridge", "anil", "fine-tuning"])
def test_evaluation_and_adaptation_take_as_many_folds(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folds = list[int]()

    def counted(*args: object, max_folds: int, **kwargs: object) -> CrossValidationRun:
        folds.append(max_folds)
        return leave_one_out(*args, max_folds=max_folds, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "leave_one_out", counted)
    monkeypatch.setattr(catalogue, "load_backbone", lambda _: tiny.backbone())
    support = tiny.support((4, 4))
    adapt(support, method=name)
    fitted(METHODS[name].make(tiny.backbone()), support, calibrated=True)
    assert folds == [METHODS[name].max_folds] * 2
