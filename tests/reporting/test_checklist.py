from collections import Counter

from medmeta_core.languages import FALLBACK
from medmeta_core.reporting import CHECKLIST, Report
from medmeta_core.reporting.sections import contents
from medmeta_core.reporting.texts import Texts, read_texts


def test_every_item_of_both_guidelines_exists_once():
    counts = Counter(item.guideline for item in CHECKLIST)
    assert counts == {"CONSORT-AI": 14, "TRIPOD+AI": 52}
    assert len({(item.guideline, item.number) for item in CHECKLIST}) == len(CHECKLIST)
    main_items = {int(i.number.rstrip("abcdefg")) for i in CHECKLIST if i.guideline == "TRIPOD+AI"}
    assert main_items == set(range(1, 28))


def test_every_item_is_paraphrased():
    expected = {f"checklist.{item.guideline}.{item.number}" for item in CHECKLIST}
    written = {
        key
        for key in read_texts(FALLBACK)
        if key.startswith(("checklist.CONSORT-AI.", "checklist.TRIPOD+AI."))
    }
    assert written == expected


def test_an_item_points_to_a_section_of_the_report_or_to_nobody(report: Report):
    keys = {section.key for section in contents(report).sections}
    for item in CHECKLIST:
        assert (item.section in keys) == (item.status in ("here", "partly"))


def test_what_the_report_leaves_open_is_left_to_the_user_in_words():
    funding = next(item for item in CHECKLIST if item.number == "18a")
    assert funding.where(Texts("en")) == "To be filled in by the user"
    version = next(item for item in CHECKLIST if item.number == "5 (i)")
    assert version.where(Texts("en")) == "Method"
