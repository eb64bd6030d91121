"""Reads the source of the pages: what is handed to Streamlit as Markdown, and whether it is ours.

A text is ours where every way to it ends in a literal, in `t`, `plain`, `Markup` or in a function
that is declared to return `Markup`, which mypy checks.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

MARKDOWN = frozenset(
    [
        "markdown",
        "caption",
        "title",
        "header",
        "subheader",
        "write",
        "info",
        "warning",
        "error",
        "success",
        "toast",
        "button",
        "download_button",
        "link_button",
        "page_link",
        "form_submit_button",
        "checkbox",
        "toggle",
        "radio",
        "selectbox",
        "multiselect",
        "slider",
        "select_slider",
        "number_input",
        "text_input",
        "text_area",
        "date_input",
        "time_input",
        "file_uploader",
        "segmented_control",
        "pills",
        "feedback",
        "expander",
        "popover",
        "tabs",
        "metric",
        "dialog",
        "spinner",
        "status",
        "text_input",
        "color_picker",
        "latex",
        "badge",
        "menu_button",
    ]
)
"""Streamlit's functions that read their first argument as Markdown, by their last name."""

BY_NAME = frozenset(
    ["label", "body", "help", "text", "caption", "captions", "title", "spinner", "show_label"]
)
"""Arguments that are read as Markdown wherever they occur; `text` only in `progress`."""

OPTIONS = frozenset((*("radio", "segmented_control", "pills", "checkbox"),))
"""Functions that read their options as Markdown too, as `format_func` words them."""

OURS = frozenset((*("t", "plain", "Markup", "text_of_error"),))


class Source:
    """A module of the pages."""

    def __init__(self, path: Path, returning_markup: frozenset[str]) -> None:
        self.path = path
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._markup = OURS | returning_markup

    def faults(self) -> list[str]:
        """Where a text that may be foreign is handed to Streamlit as Markdown."""
        return [
            f"{self.path.name}:{argument.lineno}: {ast.unparse(argument)[:80]}"
            for function in self._functions()
            for call in _calls(function)
            for argument in _markdown_arguments(call, _other_names(function))
            if not self._is_ours(argument, function)
        ]

    def _functions(self) -> Iterator[ast.AST]:
        """The module's own level, and every function or method as a whole."""
        inside = (ast.FunctionDef, ast.AsyncFunctionDef)
        functions = [node for node in ast.walk(self._tree) if isinstance(node, inside)]
        nested = {inner for one in functions for inner in ast.walk(one) if inner is not one}
        yield from (one for one in functions if one not in nested)
        statements = [
            node for node in self._tree.body if not isinstance(node, (*inside, ast.ClassDef))
        ]
        yield ast.Module(body=statements, type_ignores=[])

    def _is_ours(self, node: ast.expr, function: ast.AST) -> bool:
        match node:
            case ast.Constant():
                return True
            case ast.Call(func=ast.Name(id=name)):
                return name in self._markup
            case ast.Call(func=ast.Attribute(value=inner, attr="format" | "join")):
                return self._is_markup(inner, function)
            case ast.Call(func=ast.Attribute(attr=name)):
                return name in self._markup
            case ast.IfExp(body=one, orelse=other):
                return self._is_ours(one, function) and self._is_ours(other, function)
            case ast.BoolOp(values=several) | ast.List(elts=several) | ast.Tuple(elts=several):
                return all(self._is_ours(one, function) for one in several)
            case ast.ListComp(elt=inner) | ast.Lambda(body=inner):
                return self._is_ours(inner, function)
            case ast.Name(id=name):
                return name in self._markup or self._is_bound_to_ours(name, function)
            case ast.Attribute():
                return self._is_ours_by_attribute(node)
        return False

    def _is_ours_by_attribute(self, node: ast.Attribute) -> bool:
        """A method of ours that words options, or a table of words."""
        if not isinstance(node.value, ast.Name):
            return False
        if node.value.id == "self":
            return node.attr in self._markup
        return node.attr == "__getitem__" and self._is_table_of_ours(node.value.id)

    def _is_markup(self, node: ast.expr, function: ast.AST) -> bool:
        """Whether text put into this is escaped: not where it is a mere literal."""
        return not isinstance(node, ast.Constant) and self._is_ours(node, function)

    def _is_bound_to_ours(self, name: str, function: ast.AST) -> bool:
        values = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]
        declared = [
            node.annotation
            for node in ast.walk(function)
            if isinstance(node, ast.arg) and node.arg == name
        ]
        is_declared = bool(declared) and all(_is_markup_type(one) for one in declared)
        return is_declared or bool(values) and all(self._is_ours(v, function) for v in values)

    def _is_table_of_ours(self, name: str) -> bool:
        return any(
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == name
            and isinstance(node.value, ast.Dict)
            and all(self._is_ours(value, node) for value in node.value.values)
            for node in self._tree.body
        )


def sources(folder: Path) -> list[Source]:
    """All modules below a folder."""
    paths = sorted(folder.rglob("*.py"))
    names = frozenset(
        node.name
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and _is_markup_type(node.returns)
    )
    return [Source(path, names) for path in paths]


def _is_markup_type(node: ast.expr | None) -> bool:
    return node is not None and ast.unparse(node).strip("\"'") in ("Markup", "Markup | None")


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def _other_names(function: ast.AST) -> dict[str, str]:
    """Names that Streamlit's functions are given here, as in `ask = st.pills`."""
    return {
        target.id: inner.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
        for inner in ast.walk(node.value)
        if isinstance(inner, ast.Attribute) and inner.attr in MARKDOWN
    }


def _markdown_arguments(call: ast.Call, names: dict[str, str]) -> Iterator[ast.expr]:
    """What Streamlit reads as Markdown of a call's arguments, if it is a call of Streamlit's."""
    if isinstance(call.func, ast.Attribute):
        name = call.func.attr
        if name == "write" and ast.unparse(call.func.value) != "st":
            return  # of a file
    elif isinstance(call.func, ast.Name):
        name = names.get(call.func.id, "")
    else:
        return
    if name in MARKDOWN and call.args:
        yield call.args[0]
    for keyword in call.keywords:
        is_text = keyword.arg in BY_NAME and (name in MARKDOWN or name == "progress")
        if is_text or (keyword.arg == "format_func" and name in OPTIONS):
            yield keyword.value
