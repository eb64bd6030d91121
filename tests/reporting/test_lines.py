from hypothesis import given
from hypothesis import strategies as st

from medmeta_core.reporting.pdf.lines import wrapped

TEXTS = st.text(st.sampled_from("ab ,.(“”无法排除，。（\n%w"), max_size=60)


@given(TEXTS, st.integers(1, 12))
def test_no_line_is_wider_than_asked(text, width):
    assert all(len(line) <= width for line in wrapped(text, width, len))


@given(TEXTS, st.integers(1, 12))
def test_nothing_but_spaces_at_line_ends_is_lost(text, width):
    joined = "".join(wrapped(text, width, len))
    assert joined.replace(" ", "").replace("\u00a0", "") == "".join(text.split())


def test_chinese_breaks_between_characters_but_not_before_a_full_stop():
    assert wrapped("图像与示例相似。", 7, len) == ["图像与示例相", "似。"]


def test_a_number_stays_with_its_percent_sign():
    assert wrapped("at 95 % of", 6, len) == ["at", "95\u00a0%", "of"]
