"""A component of ours: a folder with a script, and with markup and a style sheet where it has them.

Streamlit hands a script to the browser as one text under a `blob:` address, from which no other
file can be imported. So the modules that a script imports are written before it, in one text.
"""

import re
from collections import Counter
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import \{\s*\w+(?:,\s*\w+)*,?\s*\} from "(\.[^"]+)";\n', re.MULTILINE)
DECLARATION = "const|let|class|function|async function"
EXPORT = re.compile(rf"^export (?=(?:{DECLARATION}) )", re.MULTILINE)
NAME = re.compile(rf"^(?:{DECLARATION}) (\w+)", re.MULTILINE)
LEFT_OVER = re.compile(r"^(?:import\b|export (?!default )).*", re.MULTILINE)


def web_component(name: str) -> ComponentRenderer:
    """The component in the folder `name`: `name.js`, and `name.html` and `name.css` if there."""
    folder = HERE / name
    return st.components.v2.component(
        f"medmeta.{name}",
        html=_optional_text(folder / f"{name}.html"),
        css=_optional_text(folder / f"{name}.css"),
        js=script_with_imports(folder / f"{name}.js"),
    )


def script_with_imports(script: Path) -> str:
    r"""The text of a script after the texts of all modules that it imports, each once.

    Understood are `import { a, b } from "./module.js";` and `export` before a declaration.

    Raises:
        ValueError: another form of import or export, or a name that two modules declare.

    >>> "\nimport " in script_with_imports(HERE / "viewer" / "viewer.js")
    False
    """
    texts: dict[Path, str] = {}
    _collect(script.resolve(), texts)
    whole = "\n".join(EXPORT.sub("", IMPORT.sub("", text)) for text in texts.values())
    if other := LEFT_OVER.search(whole):
        raise ValueError(f"{script.name}: not understood: {other[0]}")
    twice = [name for name, n in Counter(NAME.findall(whole)).items() if n > 1]
    if twice:
        raise ValueError(f"{script.name}: names at the top of more than one module: {twice}")
    return whole


def _collect(module: Path, texts: dict[Path, str]) -> None:
    """Add a module's text after those of what it imports."""
    if module in texts:
        return
    text = module.read_text(encoding="utf-8")
    for imported in IMPORT.findall(text):
        _collect((module.parent / imported).resolve(), texts)
    texts[module] = text


def _optional_text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None
