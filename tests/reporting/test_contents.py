from collections.abc import Callable
from dataclasses import replace

import numpy as np
from bone_lesions import CREATED

from medmeta_core.explanation import Explanation
from medmeta_core.reporting import CaseReport, ExampleNote, Report, Verdict
from medmeta_core.reporting.blocks import (
    Facts,
    KeyFigures,
    Listing,
    Outcome,
    Paragraph,
    Ranking,
    SideBySide,
)
from medmeta_core.reporting.sections import contents
from medmeta_core.trust import Abstention


def blocks_of(report: Report, key: str, kind: type):
    section = next(s for s in contents(report).sections if s.key == key)
    return [block for block in section.blocks if isinstance(block, kind)]


def with_case(report: Report, **changes) -> Report:
    return replace(report, cases=(replace(report.cases[0], **changes),))


def with_prediction(report: Report, case: CaseReport, **changes) -> Report:
    return with_case(report, prediction=replace(case.prediction, **changes))


def test_a_named_condition_is_called_most_similar(report: Report):
    (outcome,) = blocks_of(report, "case-1", Outcome)
    assert outcome.headline == "Most similar to Simple bone cyst"
    assert outcome.is_named


def test_an_abstention_is_stated_plainly_with_its_threshold(report: Report):
    (not_sure,) = blocks_of(report, "case-2", Outcome)
    assert not_sure.headline == "Not sure"
    assert "31 %" in not_sure.reason and "at least 80 % is required" in not_sure.reason
    (none,) = blocks_of(report, "case-3", Outcome)
    assert none.headline == "None of these"
    assert "0.01" in none.reason and "below the threshold of 0.05" in none.reason


def test_a_share_just_below_the_promise_never_reads_as_equal_to_it(report: Report):
    close = with_prediction(report, report.cases[1], share_right=0.797)
    (outcome,) = blocks_of(close, "case-1", Outcome)
    assert "about < 80 %" in outcome.reason


def test_without_calibration_the_report_ranks_and_gives_no_percentage(report: Report):
    unknown = with_prediction(
        report,
        report.cases[0],
        share_right=None,
        typicality=None,
        abstention=Abstention.NOT_CALIBRATED,
    )
    (outcome,) = blocks_of(unknown, "case-1", Outcome)
    (listing,) = blocks_of(unknown, "case-1", Listing)
    assert not outcome.is_named
    assert "%" not in outcome.headline + outcome.reason + "".join(listing.items)
    assert listing.items[0] == f"1. {report.cases[0].prediction.first}"
    (facts,) = blocks_of(unknown, "case-1", Facts)
    assert any(value.startswith("Not available") for _, value in facts.pairs)


def test_a_ranking_holds_every_condition_most_probable_first(report: Report):
    (ranking,) = blocks_of(report, "case-1", Ranking)
    shares = [bar.share for bar in ranking.bars]
    assert len(shares) == len(report.conditions)
    assert shares == sorted(shares, reverse=True)


def test_a_condition_has_the_colour_that_it_has_on_screen(report: Report):
    name = report.cases[0].prediction.conditions[2]
    (ranking,) = blocks_of(replace(report, colours={name: "#123456"}), "case-1", Ranking)
    assert {bar.name: bar.colour for bar in ranking.bars}[name] == "#123456"
    assert len({bar.colour for bar in ranking.bars}) == len(ranking.bars)


def test_certainty_is_never_printed(report: Report):
    sure = with_prediction(
        report, report.cases[0], probabilities=(1.0, 0.0, 0.0, 0.0, 0.0), abstention=None
    )
    (ranking,) = blocks_of(sure, "case-1", Ranking)
    assert ranking.bars[0].label.startswith("> 99 %")
    assert ranking.bars[1].label.startswith("< 1 %")


def test_a_missing_set_and_an_empty_set_are_distinguished(report: Report):
    for conformal_set, words in ((None, "None formed"), ((), "Empty"), (("A", "B"), "A; B")):
        changed = with_prediction(report, report.cases[0], conformal_set=conformal_set)
        (facts,) = blocks_of(changed, "case-1", Facts)
        assert any(words in value for _, value in facts.pairs)


def test_faint_evidence_is_shown_by_its_unscaled_peak(report: Report):
    (pictures,) = blocks_of(report, "case-1", SideBySide)
    assert "unscaled peak is 0.0371" in pictures.colour_bar.remark
    flat = Explanation(np.zeros((7, 7), np.float32), 0.0, "Osteosarcoma")
    (empty,) = blocks_of(with_case(report, explanation=flat), "case-1", SideBySide)
    assert empty.colour_bar.remark.startswith("The heat map is empty")


def test_what_was_named_before_the_answer_stands_beside_the_verdict(report: Report):
    (facts,) = blocks_of(report, "case-1", Facts)
    facts_by_name = dict(facts.pairs)
    assert facts_by_name["Named before the answer was shown"].startswith("Osteosarcoma — Dr Lind")
    assert facts_by_name["Reviewer’s verdict"].startswith(
        "Accepted — Dr Lind, 2026-03-14 14:58:03+00:00"
    )


def test_none_of_these_can_be_named_before_the_answer(report: Report):
    first = Verdict("before-reveal", None, "", "", CREATED)
    (facts,) = blocks_of(with_case(report, first_impression=first), "case-1", Facts)
    facts_by_name = dict(facts.pairs)["Named before the answer was shown"]
    assert facts_by_name.startswith("None of these — not stated, 2026-03-14")


def test_five_folds_are_not_called_leave_one_out(report: Report):
    alone = str(blocks_of(report, "left_out", Paragraph))
    assert "Leave-one-patient-out" in alone and "Patients known" not in alone
    figures = replace(report.cross_validation, n_folds=5, n_groups=20, n_with_patient=9)
    folded = str(blocks_of(replace(report, cross_validation=figures), "left_out", Paragraph))
    assert "5-fold cross-validation by patient" in folded and "Leave-one" not in folded
    assert "Patients known for 9 of 26 examples" in folded


def test_few_classified_examples_are_counted_and_given_no_share(widened: Callable[..., Report]):
    report = widened(("A", "B"))
    figures = report.cross_validation
    few = figures.probabilities.copy()
    few[4:] = np.nan  # four of seven could be left out
    few = replace(report, cross_validation=replace(figures, probabilities=few))
    (numbers,) = blocks_of(few, "summary", KeyFigures)
    text = str(blocks_of(few, "left_out", object)) + str(numbers)
    assert "4 of 7 examples could be left out" in text
    assert "%" not in text.replace("95 %", "")
    enough = str(blocks_of(report, "summary", KeyFigures))
    assert "%" in enough.replace("95 %", "") and " of 7" in enough


def test_no_example_that_could_be_left_out_is_stated_and_nothing_claimed(report: Report):
    figures = replace(report.cross_validation, probabilities=np.full((26, 5), np.nan), n_folds=0)
    text = str(blocks_of(replace(report, cross_validation=figures), "left_out", Paragraph))
    assert "No example could be left out" in text and "each of them was classified" not in text


def test_remarks_on_the_examples_stand_with_the_conditions(report: Report):
    notes = (ExampleNote("one-patient-id", ("E1", "E2")), ExampleNote("same-picture", ("E3", "E4")))
    text = str(blocks_of(replace(report, example_notes=notes), "conditions", Paragraph))
    assert "All files have the same patient ID" in text and "E3, E4" in text


def test_limits_name_what_this_report_suffers_from(widened: Callable[..., Report]):
    text = str(blocks_of(widened(("A", "B", "C")), "limits", object))
    assert "Conditions with fewer than 5 examples: A, B." in text
    assert "Patients are not stated for some examples" in text
    assert "from 3 to 5" in text


def test_a_report_from_an_example_workspace_says_so(report: Report):
    cautions = blocks_of(replace(report, is_demo=True), "summary", Paragraph)
    assert any("came with the software" in block.text for block in cautions)


def test_a_workspace_that_came_by_file_or_was_changed_says_so_before_any_figure(report: Report):
    changed = replace(report, opened_from="f" * 64, log_is_unbroken=False)
    texts = [block.text for block in blocks_of(changed, "summary", Paragraph)]
    assert "opened from a session file (SHA-256 " + "f" * 64 in texts[0]
    assert texts[1].startswith("The stored workspace is not as MedMeta wrote it")
    states = [
        dict(
            blocks_of(replace(report, log_is_unbroken=is_unbroken), "reproduction", Facts)[0].pairs
        )["Audit log, when this report was made"]
        for is_unbroken in (None, True, False)
    ]
    assert states == ["not stated", "checked, unbroken", "checked, altered"]
