"""`import medmeta_core`: its names are listed, and nothing heavy is imported with them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import medmeta_core as mm

STANDARD = sys.stdlib_module_names


def test_importing_it_imports_nothing_else() -> None:
    script = "import sys; before = set(sys.modules); import medmeta_core; dir(medmeta_core); "
    script += "print(*(set(sys.modules) - before))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    ours = {name for name in ended.stdout.split() if name.split(".")[0] not in STANDARD}
    assert ours == {"medmeta_core"}


def test_every_name_exists_for_python_and_for_type_checkers_alike() -> None:
    tree = ast.parse(Path(mm.__file__).read_text(encoding="utf-8"))
    stated = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("medmeta_core.")
        for alias in node.names
    }
    assert stated <= set(dir(mm))
    assert {"adapt", "Backbone", "SupportSet", "FewShotClassifier"} <= stated
    assert stated == set(mm._HOME_OF)
    assert {name for name in stated if not hasattr(mm, name)} == set()


def test_a_name_that_is_invalid_is_reported() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such'"):
        _ = mm.no_such
