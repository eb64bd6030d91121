from collections.abc import Callable
from importlib.metadata import version

from streamlit.testing.v1 import AppTest

from dashboard.i18n import plain, t
from medmeta_core.embedding import backbone_card, backbone_names
from medmeta_core.methods import METHODS
from medmeta_core.workspace import Store

OpenPage = Callable[..., AppTest]


def test_each_backbone_shows_its_digest(open_page: OpenPage) -> None:
    page = open_page("about")
    shown_text = " ".join(text.value for text in page.markdown)
    assert backbone_names()
    for name in backbone_names():
        assert backbone_card(name).sha256 in shown_text


def test_the_versions_at_work_are_reported(open_page: OpenPage) -> None:
    table = open_page("about").dataframe[-1].value
    by_name = dict(zip(table["Package"], table["Version"], strict=True))
    assert by_name["streamlit"] == version("streamlit")
    assert (table["Licence"] != "–").sum() >= len(table) - 1  # a checkout may not be installed


def test_the_visitor_learns_where_the_images_lie(here: Store, open_page: OpenPage) -> None:
    shown_text = " ".join(text.value for text in open_page("about").markdown)
    assert str(here.blobs._folder.parent.name) in shown_text


def test_the_page_states_the_intended_use(open_page: OpenPage) -> None:
    shown_text = " ".join(text.value for text in open_page("about").markdown)
    assert "not a medical device" in shown_text


def test_every_method_is_taught_with_its_score_and_its_source(open_page: OpenPage) -> None:
    shown_text = " ".join(text.value for text in open_page("about").markdown)
    for method in METHODS:
        assert t(f"adapt.methods.{method}.score") in shown_text
        assert plain(METHODS[method].cited()) in shown_text


def test_the_chinese_page_tells_a_card_in_chinese(open_page: OpenPage) -> None:
    shown_text = " ".join(text.value for text in open_page("about", lang="zh").markdown)
    assert "仅供科研与教学，不用于患者。" in shown_text
    assert "Not for use on patients" not in shown_text
