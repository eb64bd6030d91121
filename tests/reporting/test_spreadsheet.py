import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from bone_lesions import CREATED

from medmeta_core.reporting import Report, Verdict, to_csv


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_there_is_a_row_for_each_case_and_condition(report: Report):
    rows = rows_of(to_csv(report))
    assert len(rows) == len(report.cases) * len(report.conditions)
    assert [row["rank"] for row in rows[:5]] == ["1", "2", "3", "4", "5"]


def test_figures_keep_their_full_precision(report: Report):
    row = rows_of(to_csv(report))[0]
    prediction = report.cases[0].prediction
    place = prediction.conditions.index(row["condition"])
    assert float(row["probability"]) == prediction.probabilities[place]
    assert float(row["interval_low"]) == prediction.intervals[place][0]


def test_every_row_bears_the_banner_and_the_abstention(report: Report):
    rows = rows_of(to_csv(report))
    assert {row["notice"] for row in rows} == {"Research and education only — not a medical device"}
    assert {row["case"]: row["abstention"] for row in rows} == {
        "C1": "", "C2": "not-sure", "C3": "none-of-these", "C4": "",
    }  # fmt: skip


def test_it_begins_with_a_byte_order_mark_and_ends_lines_as_rfc_4180_asks(report: Report):
    text = to_csv(report)
    assert text.encode("utf-8").startswith(b"\xef\xbb\xbf")
    assert text.count("\r\n") == text.count("\n") == len(rows_of(text)) + 1


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("http://x")']
)
def test_no_text_is_taken_for_a_formula(widened: Callable[..., Report], name: str):
    rows = rows_of(to_csv(widened(("A", name))))
    assert {row["condition"] for row in rows} == {"A", f"'{name}"}


def test_hostile_texts_come_back_whole(widened: Callable[..., Report]):
    comment = 'He said "no", then:\r\nnew line; 骨肉瘤, \ud800'
    report = widened(("A", "<script>"))
    verdict = Verdict("changed", "骨肉瘤", comment, "Dr, Lind", CREATED)
    case = replace(report.cases[0], verdict=verdict)
    row = rows_of(to_csv(replace(report, cases=(case,))))[0]
    assert row["verdict_comment"] == comment.replace("\ud800", "?")
    assert row["earlier_verdict_operator"] == "Dr, Lind"  # nobody knows what it was given on


def test_a_report_without_cases_has_a_head_only(report: Report):
    assert rows_of(to_csv(replace(report, cases=()))) == []
    assert to_csv(replace(report, cases=())).startswith("\ufeffnotice,")
