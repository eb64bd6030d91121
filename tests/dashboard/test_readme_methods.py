"""The README's table of methods says what the software says."""

import re
from pathlib import Path

import pytest

from dashboard.i18n import texts
from medmeta_core.methods import METHODS

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| [^|]+ \| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = {key: (paper, files) for key, paper, files in ROW.findall((ROOT / "README.md").read_text())}


@pytest.mark.parametrize("method", METHODS)
def test_each_method_stands_in_the_table_with_the_paper_that_the_page_names(method: str) -> None:
    paper, files = ROWS[method]
    methods = texts("en")["adapt"]["methods"]  # type: ignore[index,call-overload]
    identifiers = re.findall(r"arXiv:[\d.]+\d", methods[method]["paper"])
    assert identifiers
    assert all(identifier in paper for identifier in identifiers)
    for file in re.findall(r"`([^`]+)`", files):
        assert identifiers[0] in (ROOT / "medmeta_core" / file).read_text() or "full" in file


def test_every_file_that_the_table_names_is_there() -> None:
    named = [file for _, files in ROWS.values() for file in re.findall(r"`([^`]+)`", files)]
    assert len(named) > len(METHODS)
    assert [file for file in named if not (ROOT / "medmeta_core" / file).is_file()] == []
