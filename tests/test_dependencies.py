"""Every package that is imported is declared: nothing works only by what another one brings."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN = {"medmeta_core", "dashboard"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names_of(requirements: list[str]) -> set[str]:
    return {canonical(Requirement(line).name) for line in requirements}


def imported(folder: Path, *, within_functions: bool) -> Iterator[tuple[str, str]]:
    """Top-level package and place of each import, at the top of a module or in a function."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        at_top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            if (id(node) not in at_top) != within_functions:
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module]
            for name in names:
                yield name.split(".")[0], f"{path.relative_to(ROOT)}:{node.lineno}"


def undeclared(folder: str, declared: set[str], *, within_functions: bool) -> list[str]:
    distributions = packages_distributions()
    modules = imported(ROOT / folder, within_functions=within_functions)
    return [
        f"{place} imports {name}"
        for name, place in modules
        if name not in sys.stdlib_module_names | OWN
        and not {canonical(one) for one in distributions.get(name, [name])} & declared
    ]


@pytest.mark.parametrize("folder", ["medmeta_core", "dashboard"])
def test_what_modules_import_is_among_the_dependencies(folder: str) -> None:
    declared = names_of(PROJECT["dependencies"])
    assert undeclared(folder, declared, within_functions=False) == []


@pytest.mark.parametrize("folder", ["medmeta_core", "dashboard"])
def test_what_functions_import_is_among_the_dependencies_or_extras(folder: str) -> None:
    extras = PROJECT["optional-dependencies"]
    declared = names_of(PROJECT["dependencies"]).union(*map(names_of, extras.values()))
    assert undeclared(folder, declared, within_functions=True) == []
