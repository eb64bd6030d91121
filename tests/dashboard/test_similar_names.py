"""Names of conditions that are nearly the same are told where examples are added."""

from collections.abc import Callable

import pytest
from examples_page import conditions, upload
from streamlit.testing.v1 import AppTest

from medmeta_core.workspace import Store, Workspace

OpenPage = Callable[..., AppTest]
Picture = Callable[..., bytes]
Uploaded = Callable[[str, str], tuple[AppTest, Workspace]]

SIMILAR = {"en": "They count as different conditions", "zh": "它们按不同病种处理"}
CLEANED = {"en": "removed from folder names", "zh": "文件夹名称中多余的空格"}


@pytest.fixture
def uploaded(here: Store, open_page: OpenPage, picture: Picture) -> Uploaded:
    """The page of examples in a language, after an upload of "Flu", another name and "cold"."""

    def upload_folders(language: str, other: str) -> tuple[AppTest, Workspace]:
        workspace = here.create_workspace("Rare eyes")
        page = open_page("examples", w=workspace.id, lang=language)
        folders = [("all/Flu/1.png", picture(1)), (f"all/{other}/2.png", picture(2))]
        upload(page, "examples-folder", [*folders, ("all/cold/3.png", picture(3))])
        return page, workspace

    return upload_folders


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("other", ["flu", "Flu.", "Ｆｌｕ", "FLU．"])
def test_similar_names_are_told_and_kept_apart(
    here: Store, uploaded: Uploaded, language: str, other: str
) -> None:
    page, workspace = uploaded(language, other)
    assert sorted(map(str, conditions(here, workspace))) == sorted(["Flu", other, "cold"])
    (told,) = [text.value for text in page.markdown if SIMILAR[language] in text.value]
    assert "“Flu”" in told
    assert "cold" not in told
    page.button(key="mark-similar_names").click().run()
    assert len(page.session_state["view"].selected) == 2


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "other", ["Flu ", " Flu", "Flu\N{ZERO WIDTH SPACE}", "Flu\N{NO-BREAK SPACE}"]
)
def test_names_that_look_the_same_are_one_condition_and_told(
    here: Store, uploaded: Uploaded, language: str, other: str
) -> None:
    page, workspace = uploaded(language, other)
    assert sorted(map(str, conditions(here, workspace))) == ["Flu", "Flu", "cold"]
    (told,) = [text.value for text in page.info if CLEANED[language] in text.value]
    assert "“Flu”" in told
    assert not any(SIMILAR[language] in text.value for text in page.markdown)


def test_different_names_and_composed_letters_are_told_of_nothing(
    here: Store, open_page: OpenPage, picture: Picture
) -> None:
    workspace = here.create_workspace("Rare eyes")
    page = open_page("examples", w=workspace.id)
    names = ["Ne\N{COMBINING ACUTE ACCENT}vus", "grade 1", "grade 2", "HER2+", "HER2-"]
    files = [(f"all/{name}/{n}.png", picture(n)) for n, name in enumerate(names)]
    upload(page, "examples-folder", files)
    assert not any(CLEANED["en"] in text.value for text in page.info)
    assert not any(SIMILAR["en"] in text.value for text in page.markdown)
