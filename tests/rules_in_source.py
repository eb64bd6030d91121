"""Where rules are raised in the source, and with which facts; read, not run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dashboard
import medmeta_core
from medmeta_core import errors

PACKAGES = (Path(medmeta_core.__file__).parent, Path(dashboard.__file__).parent)

BY_RULE = {
    *(name for name, kind in vars(errors).items() if isinstance(kind, type)),
    *("RecipeError", "Refused", "unreadable", "Refusal", "Finding"),
} - {"NumericalError", "OutOfMemoryError", "Stopped", "IncidentError"}
"""What is called with a rule."""

AFTER_NAMES = {"Refusal": 2}
"""Where the rule stands, if it is not the first argument."""


@dataclass(frozen=True)
class Raised:
    """A rule in the source.

    Attributes:
        rule: None where it is no word in the source.
        facts: the value of each, None where it is no word in the source; None where the facts
            are handed on as they are.
    """

    place: str
    rule: str | None
    facts: dict[str, str | None] | None


def rules_raised() -> Iterator[Raised]:
    """All rules raised in the core and the dashboard."""
    for package in PACKAGES:
        for path in sorted(package.rglob("*.py")):
            place = path.relative_to(package.parent).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name_of(node.func) in BY_RULE:
                    yield from _raised(f"{place}:{node.lineno}", node)


def _name_of(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _raised(place: str, call: ast.Call) -> Iterator[Raised]:
    at = AFTER_NAMES.get(_name_of(call.func), 0)
    if len(call.args) <= at:
        return  # super().__init__ and the like
    for rule in _words(call.args[at]):
        yield Raised(place, rule, _facts(call, at))


def _words(argument: ast.expr) -> list[str | None]:
    """The words that an argument may be; [None] where they are not in the source."""
    if isinstance(argument, ast.IfExp):
        return [*_words(argument.body), *_words(argument.orelse)]
    is_word = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return [argument.value if is_word else None]  # type: ignore[attr-defined]


def _facts(call: ast.Call, at: int) -> dict[str, str | None] | None:
    pairs: list[tuple[str | None, ast.expr]] = [(one.arg, one.value) for one in call.keywords]
    for further in call.args[at + 1 :]:
        if not isinstance(further, ast.Dict):
            return None
        keys = [key.value if isinstance(key, ast.Constant) else None for key in further.keys]
        pairs += zip(keys, further.values, strict=True)  # type: ignore[arg-type]
    if any(name is None for name, _ in pairs):
        return None
    return {
        str(name): words[0] if len(words := _words(value)) == 1 else None
        for name, value in pairs
        if name != "workspace_id"
    }
