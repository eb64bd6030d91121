"""The document of results as Markdown: README's summary and all in docs/results/accuracy.md."""

from pathlib import Path
from typing import Any

from contests import CHOSEN_AT
from rival import RIVAL

from medmeta_core.embedding import DEFAULT_BACKBONE

BEGIN, END = "<!-- results -->", "<!-- end of results -->"

Document = dict[str, Any]
Row = dict[str, Any]


def write_tables(content: Document, root: Path) -> None:
    """Write the summary and the page of all tables below `root`.

    Raises:
        ValueError: README.md lacks the marks between which the summary stands.
    """
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md: expected {BEGIN} and {END}")
    readme.write_text(f"{before}{BEGIN}\n{summary(content)}{END}{after}", encoding="utf-8")
    (root / "docs/results").mkdir(parents=True, exist_ok=True)
    (root / "docs/results/accuracy.md").write_text(whole(content), encoding="utf-8")


def summary(content: Document) -> str:
    """What README says: the shipped backbone beside the rival, each under its best head."""
    parts = [
        f"Measured at commit {content['commit']} on {content['date']}: balanced accuracy over "
        f"{_n_episodes(content, best_method(content))} episodes of each set, with 95 % intervals "
        "over sets. The rival is an ImageNet MobileNetV2 at 224 px. "
        "[All sets and methods](docs/results/accuracy.md).",
    ]
    for contest in content["contests"]:
        parts += [f"{contest['title']} ({_heads(contest)}):", "\n".join(_contest_lines(contest))]
    return "\n\n".join(parts) + "\n"


def _heads(contest: Row) -> str:
    ours, rival = contest["ours"], contest["rival"]
    return (
        f"`{ours['method']}` on `{ours['backbone']}`, "
        f"the rival `{rival['method']}` on `{rival['backbone']}`"
    )


def _contest_lines(contest: Row) -> list[str]:
    """The means by shots, and the time of a picture."""
    lines = []
    for mean in contest["means"]:
        among = "that decide" if mean["among"] == "deciding" else "that came later"
        lines.append(
            f"- {mean['shot']}-shot, mean of {mean['n_sets']} sets {among}: "
            f"{_interval(mean['ours'])}, rival {_interval(mean['rival'])}, "
            f"difference {_interval(mean['difference'], sign='+')}."
        )
    times = "; ".join(
        f"batch {one['batch']}: {one['ours']:.1f} ms a picture, rival {one['rival']:.1f}"
        for one in contest["times"]
    )
    return [*lines, f"- Time, both in the same run by the same runtime: {times}."]


def _table_of_sets(content: Document, contest: Row) -> str:
    """Both sides of a contest on every set."""
    shots = shots_of(content)
    heads = " | ".join(f"{shot}-shot ours | rival" for shot in shots)
    lines = [
        "± half the 95 % interval over episodes; **bold**: better on the same episodes, the "
        "interval of the difference leaves out 0.",
        "",
        f"| set | way | {heads} |",
        "|---|---|" + "---|---|" * len(shots),
    ]
    for one in sorted(content["sets"], key=lambda one: (bool(one["seen"]), one["name"])):
        cells = [cell for shot in shots for cell in _pair(contest, one["name"], shot)]
        lines.append(f"| {_name(one)} | {_way(content, one)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def whole(content: Document) -> str:
    """Every method on every set."""
    methods = list(dict.fromkeys(row["method"] for row in content["rows"]))
    method = best_method(content)
    parts = [
        "# Accuracy",
        f"Measured at commit {content['commit']} on {content['date']} by "
        "`python benchmarks/results.py DATA`; this page is written from `accuracy.json`. "
        f"{content['n_query']} queries for each condition; *italic* sets were trained on.",
        "An interval over episodes says how well the mean over all draws of examples from these "
        "pictures is known. An interval over patients says how it would move had other patients "
        "(where unknown: other pictures) of the same source been judged. An interval over sets "
        "says how a mean would move with other sets.",
        "Sets that decide: the fourteen never trained on by which backbones were compared from the "
        "beginning. Weights, members, views and heads were chosen by them, so these figures are a "
        "little too good for ours; nothing was chosen by the sets that came later.",
    ]
    for contest in content["contests"]:
        parts += [
            f"## {contest['title']}",
            f"{_heads(contest)}: each its best at {CHOSEN_AT} shots.",
            "\n".join(_contest_lines(contest)),
            _table_of_sets(content, contest),
        ]
    parts += [
        "## Means over the sets never trained on",
        _means_table(content),
    ]
    for shot in shots_of(content):
        parts += [f"## {shot}-shot, every method: shipped / rival", _grid(content, shot, methods)]
    for shot in shots_of(content):
        parts += [f"## {shot}-shot, `{method}`, shipped", _details(content, shot, method)]
    return "\n\n".join(parts) + "\n"


def best_method(content: Document) -> str:
    """The method of the shipped backbone with the best mean at CHOSEN_AT shots."""
    shipped = [mean for mean in content["means"] if mean["backbone"] == DEFAULT_BACKBONE]
    at = [mean for mean in shipped if mean["shot"] == CHOSEN_AT] or shipped
    most = max(mean["n_sets"] for mean in at)
    best: Row = max((m for m in at if m["n_sets"] == most), key=lambda mean: mean["mean"])
    return str(best["method"])


def shots_of(content: Document) -> list[int]:
    """The numbers of shots measured."""
    return sorted({row["shot"] for row in content["rows"]})


def _means_table(content: Document) -> str:
    lines = [
        "| shots | method | backbone | sets | mean | shipped less rival |",
        "|---|---|---|---|---|---|",
    ]
    for mean in content["means"]:
        gap = _interval(mean["to_rival"], sign="+") if "to_rival" in mean else "–"
        lines.append(
            f"| {mean['shot']} | {mean['method']} | {mean['backbone']} | {mean['n_sets']} "
            f"| {_interval(mean)} | {gap} |"
        )
    return "\n".join(lines)


def _grid(content: Document, shot: int, methods: list[str]) -> str:
    titles = [f"{method} ({_n_episodes(content, method)} episodes)" for method in methods]
    lines = [f"| set | {' | '.join(titles)} |", "|---|" + "---|" * len(methods)]
    for one in content["sets"]:
        cells = [_beside(content, one, shot, method) for method in methods]
        lines.append(f"| {_name(one)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _details(content: Document, shot: int, method: str) -> str:
    lines = [
        "| set | way | pictures | patients | balanced accuracy, over episodes | over patients "
        f"| log loss | calibration error ({content['n_calibrated']} episodes) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in content["sets"]:
        row = _row(content, one, shot, method, DEFAULT_BACKBONE)
        if row is not None:
            lines.append(
                f"| {_name(one)} | {row['way']} | {one['n_images']} | {one['n_patients'] or '–'} "
                f"| {_interval(row['balanced'])} | {_interval(row['over_patients'])} "
                f"| {row['log_loss']:.2f} | {row['calibration_error']:.3f} |"
            )
    return "\n".join(lines)


def _pair(contest: Row, name: str, shot: int) -> tuple[str, str]:
    pairs = [one for one in contest["sets"] if (one["set"], one["shot"]) == (name, shot)]
    if not pairs:
        return "–", "–"
    low, high = pairs[0]["difference"]["low"], pairs[0]["difference"]["high"]
    ours = _plus_minus(pairs[0]["ours"], is_bold=low > 0)
    return ours, _plus_minus(pairs[0]["rival"], is_bold=high < 0)


def _plus_minus(estimate: Row, *, is_bold: bool) -> str:
    mean, half = estimate["mean"], (estimate["high"] - estimate["low"]) / 2
    text = f"{mean:.3f} ± {half:.3f}"
    return f"**{text}**" if is_bold else text


def _beside(content: Document, one: Row, shot: int, method: str) -> str:
    """The figures of one method: of the shipped backbone (or of its own), and of the rival."""
    rows = [
        row
        for row in content["rows"]
        if (row["set"], row["shot"], row["method"]) == (one["name"], shot, method)
    ]
    ours = next((row for row in rows if "rival" not in row["backbone"]), None)
    rival = next((row for row in rows if row["backbone"] == RIVAL), None)
    cells = [f"{row['balanced']['mean']:.3f}" for row in (ours, rival) if row is not None]
    return " / ".join(cells) or "–"


def _row(content: Document, one: Row, shot: int, method: str, backbone: str) -> Row | None:
    key = {"set": one["name"], "shot": shot, "method": method, "backbone": backbone}
    rows: list[Row] = content["rows"]
    return next((row for row in rows if key.items() <= row.items()), None)


def _n_episodes(content: Document, method: str) -> int:
    return int(next(r["n_episodes"] for r in content["rows"] if r["method"] == method))


def _way(content: Document, one: Row) -> int:
    return int(max(row["way"] for row in content["rows"] if row["set"] == one["name"]))


def _interval(estimate: Row, *, sign: str = "") -> str:
    mean, low, high = (f"{estimate[name]:{sign}.3f}" for name in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def _name(one: Row) -> str:
    """The set's name, marked where some or all of its conditions were trained on."""
    name = f"{one['name']} (by patient)" if one["n_patients"] else one["name"]
    if not one["seen"]:
        return name
    held_out = f" (but {', '.join(one['unseen'])})" if one["unseen"] else ""
    return f"*{name}*{held_out}"
