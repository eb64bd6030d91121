"""Makes this interpreter look like that of another system; to be imported before MedMeta is.

What that system lacks is hidden from our modules alone: they see stand-ins for `os`, `signal` and
`socket`, while the standard library and other packages, imported before, keep what they need.
"""

import ast
import os
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import mypy

NARROWED = ("os", "signal", "socket")
WITHOUT_NAMES = ("fcntl", "resource", "pwd", "grp", "termios")
"""Modules that Windows does not have."""

STUBS = Path(mypy.__file__).parent / "typeshed" / "stdlib"
DECODERS = (
    *("asyncio", "concurrent.futures", "getpass", "hashlib", "logging.handlers", "subprocess"),
    *("multiprocessing.connection", "tempfile", "urllib.request", "zipfile", "numpy", "psutil"),
    *("PIL.Image", "PIL.ImageCms", "pydicom.pixels", "tifffile", "imagecodecs", "pi_heif"),
)
"""What a child needs."""

ALL = (
    *DECODERS,
    *("torch", "sqlalchemy", "sqlalchemy.dialects.sqlite", "safetensors.torch", "openvino"),
    *("sklearn", "scipy.stats", "typer", "rich.progress", "pydantic", "matplotlib.figure", "fpdf"),
    *("starlette.responses", "streamlit.web.bootstrap", "streamlit.testing.v1", "plotly.io"),
)


def names_on(platform: str, module: str) -> set[str]:
    """The names that a module of the standard library has on a system, as typeshed knows them."""
    folder = STUBS / module
    stub = folder / "__init__.pyi" if folder.is_dir() else STUBS / f"{module}.pyi"
    known = SimpleNamespace(platform=platform, version_info=sys.version_info)
    return set(_names(ast.parse(stub.read_text(encoding="utf-8")).body, {"sys": known}))


def _names(body: list[ast.stmt], known: dict[str, Any]) -> list[str]:
    names: list[str] = []
    for node in body:
        if isinstance(node, ast.If):
            holds = eval(compile(ast.Expression(node.test), "", "eval"), dict(known))  # noqa: S307
            names += _names(node.body if holds else node.orelse, known)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names += [alias.asname or alias.name for alias in node.names]
    return names


def missing_on(platform: str, module: str) -> set[str]:
    """The names that Linux has and the other system has not."""
    return names_on("linux", module) - names_on(platform, module)


def become(platform: str, loaded_before: Iterable[str] = ALL) -> None:
    """Let modules that are imported from now on see the other system."""
    for name in loaded_before:
        import_module(name)
    for name in NARROWED:
        sys.modules[name] = _narrowed(name, missing_on(platform, name))
    if platform == "win32":
        _pretend_msvcrt()
        os.environ.setdefault("USERNAME", "user")  # as Windows sets it
        for name in WITHOUT_NAMES:
            sys.modules[name] = None  # type: ignore[assignment]
    sys.platform = platform


def _narrowed(name: str, missing: set[str]) -> ModuleType:
    whole, narrow = import_module(name), ModuleType(name)
    kept = {key: value for key, value in vars(whole).items() if key not in missing}
    vars(narrow).update(kept)
    return narrow


def _pretend_msvcrt() -> None:
    """Locks of Windows as far as `FileLock` uses them, by those that this system has."""
    import fcntl

    def locking(descriptor: int, mode: int, n_bytes: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if mode == 1 else fcntl.LOCK_NB))

    pretended = ModuleType("msvcrt")
    vars(pretended).update(LK_LOCK=1, LK_NBLCK=2, locking=locking)
    sys.modules["msvcrt"] = pretended


if __name__ == "__main__":  # a child of a process that has become another system
    become(os.environ["LANG"].removeprefix("platform-"), DECODERS)
    from medmeta_core.imaging.guard.spawned_child import main

    main()
