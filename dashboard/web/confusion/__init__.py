"""Leave-one-out on screen: accuracy, confusion and recall, where every number opens its images."""

from collections.abc import Mapping

from dashboard.i18n import raw_text, t
from dashboard.shared.condition_marks import Mark
from dashboard.shared.number_formats import percent, percent_interval
from dashboard.shared.selection import Selection
from dashboard.web.component import web_component
from medmeta_core.trust import NOT_EVALUATED, CrossValidation, Recall

RIGHT, WRONG, ANY = "=", "≠", "*"

_confusion = web_component("confusion")


def show_confusion(
    left_out: CrossValidation, marks: Mapping[str, Mark], *, selection: Selection
) -> None:
    """Draw the figures of leaving out."""
    _confusion(
        key=selection.widget_key,
        data={
            "conditions": [
                {"name": name, "symbol": marks[name].symbol, "colour": marks[name].colour}
                for name in left_out.conditions
            ],
            "counts": left_out.confusion.tolist(),
            "recall": [_recall(recall, has_share=left_out.has_share) for recall in left_out.recall],
            "overall": _overall(left_out),
            "labels": {name: t(f"adapt.confusion.{name}") for name in LABELS},
            "picked": selection.value,
        },
        on_picked_change=selection.take,
    )


LABELS = ("overall", "caption", "recall", "labelled", "judged")


def positions_of(key: str, left_out: CrossValidation) -> list[int]:
    """Positions of the examples that a number counts, by its key.

    Keys: "=" recognised, "≠" classified otherwise, "0:1" label 0, answer 1, "0:*" label 0.
    """
    pairs = enumerate(zip(left_out.labels.tolist(), left_out.predicted.tolist(), strict=True))
    evaluated = [(i, label, answer) for i, (label, answer) in pairs if answer != NOT_EVALUATED]
    if key in (RIGHT, WRONG):
        return [i for i, label, answer in evaluated if (label == answer) == (key == RIGHT)]
    row, column = key.split(":")
    return [
        i for i, label, answer in evaluated if str(label) == row and column in (ANY, str(answer))
    ]


def cell_caption(key: str, left_out: CrossValidation) -> str:
    """What a number counts, in words."""
    if key in (RIGHT, WRONG):
        return t("adapt.confusion.recognised" if key == RIGHT else "adapt.confusion.otherwise")
    row, column = key.split(":")
    label = left_out.conditions[int(row)]
    if column == ANY:
        return raw_text("adapt.confusion.all_of", label=label)
    return raw_text("adapt.confusion.cell", label=label, answer=left_out.conditions[int(column)])


def _overall(left_out: CrossValidation) -> dict[str, object]:
    n_right, n = left_out.n_correct, left_out.n_evaluated
    return {
        "share": percent(left_out.accuracy) if left_out.has_share else "–",
        "interval": raw_text(
            "adapt.confusion.interval", interval=percent_interval(left_out.accuracy_interval)
        )
        if left_out.has_share
        else t("adapt.confusion.too_few", n=n),
        "right": t("adapt.confusion.n_right", n=n_right, total=n),
        "wrong": t("adapt.confusion.n_wrong", n=n - n_right),
        "n_right": n_right,
        "n_wrong": n - n_right,
    }


def _recall(recall: Recall, *, has_share: bool) -> dict[str, object]:
    low, high = recall.interval
    counts = {"correct": recall.n_correct, "n": recall.n}
    return {
        "count": t("adapt.confusion.recall_of", **counts) if recall.n else "–",
        "interval": percent_interval((low, high)) if recall.n and has_share else "",
        "share": recall.n_correct / recall.n if recall.n else 0.0,
        "low": low,
        "high": high,
        "n": recall.n,
    }
