"""What a page hands to Streamlit as Markdown is ours; the test reads the pages' source."""

from pathlib import Path

import pytest
from markup_in_source import Source, sources

from dashboard.i18n import Markup, plain, raw_text, t

FOLDER = Path(__file__).parents[2] / "dashboard"


def test_no_page_hands_foreign_text_to_markdown() -> None:
    assert [fault for source in sources(FOLDER) for fault in source.faults()] == []


def source_of(line: str, folder: Path, *functions: str) -> Source:
    """A page of one line, in which functions of these names return markup of our own."""
    page = folder / "page.py"
    page.write_text(f"def draw(name, names):\n    {line}\n")
    return Source(page, frozenset(functions))


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(name)",
        'st.markdown(f"**{name}**")',
        'st.markdown("**{}**".format(name))',
        'st.markdown("**" + name)',
        "left.caption(image.alias)",
        'st.button(t("a"), help=name)',
        'st.radio(t("a"), names, format_func=lambda one: one)',
        'st.radio(t("a"), names, captions=[str(one) for one in names])',
        "st.progress(0.5, text=job.label)",
        "st.dialog(image.alias)(look)(image)",
        "st.error(str(error))",
        "st.error(t('a') if name else name)",
        'st.markdown(" · ".join(names))',
        "ask = st.pills if names else st.radio; ask(name)",
    ],
)
def test_foreign_text_is_detected(line: str, tmp_path: Path) -> None:
    assert len(source_of(line, tmp_path).faults()) == 1


@pytest.mark.parametrize(
    "line",
    [
        'st.markdown("**own**")',
        'st.markdown(Markup("**{}**").format(name))',
        'st.markdown(Markup(" · ").join(names))',
        "st.markdown(plain(name) or '–')",
        'st.button(t("a", name=name), key=name)',
        'st.radio(t("a"), names, format_func=plain)',
        "st.markdown(_facts(name))",
        "st.text(name)",
    ],
)
def test_own_text_is_let_pass(line: str, tmp_path: Path) -> None:
    assert source_of(line, tmp_path, "_facts").faults() == []


def test_a_value_is_escaped_once_and_own_markup_not_at_all() -> None:
    once = t("app.open_workspace", name="*A*")
    assert r"\*A\*" in once
    assert t("app.open_workspace", name=plain("*A*")) == once
    assert "*A*" in t("app.open_workspace", name=Markup("*A*"))
    assert "*A*" in raw_text("app.open_workspace", name="*A*")


@pytest.mark.parametrize("text", ["a\nb", "a\r\n\n# b", "a\u2028b", "\x1b[31mred", "a\u202eb"])
def test_lines_and_directions_stay_within_a_name(text: str) -> None:
    shown = plain(text)
    assert not set("\n\r\u2028\x1b\u202e") & set(shown)
