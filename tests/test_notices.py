"""NOTICE.md names every package that pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOTICE = (ROOT / "NOTICE.md").read_text(encoding="utf-8")


def name_of(requirement: str) -> str:
    return re.split(r"[\s<>=~!\[;(]", requirement, maxsplit=1)[0]


def named_in_tables() -> dict[str, str]:
    """Package → licence, of the tables of packages."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", NOTICE, re.MULTILINE)
    return {name.strip(): licence for names, licence in rows for name in names.split(",")}


def test_every_package_that_is_requested_has_its_licence_listed() -> None:
    extras = PROJECT["optional-dependencies"].values()
    required = {name_of(one) for one in (*PROJECT["dependencies"], *sum(extras, []))}
    required.discard("medmeta")  # an extra that takes in another
    assert required - named_in_tables().keys() == set()


def test_no_package_is_under_a_licence_that_would_bind_medmeta() -> None:
    licences = named_in_tables()
    assert len(licences) > 30
    assert [name for name, licence in licences.items() if re.search(r"\bA?GPL", licence)] == []
