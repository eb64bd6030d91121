"""Pages of the site that are made when it is built: tutorials, commands, lists, root files."""

import os
import posixpath
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("MPLBACKEND", "agg")

from tutorial import run  # noqa: E402 (it lies beside this file)

ROOT = Path(__file__).parents[2]
ROOT_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "NOTICE.md": "notice.md",
    "LICENSE": "licence.md",
}
"""File at the root → its page."""

LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    docs = Path(config.docs_dir)
    made: dict[str, str | bytes] = {
        "reference/command-line.md": command_line(),
        "decisions/index.md": decisions(docs / "decisions"),
        "images/icon.svg": (ROOT / "assets" / "icon.svg").read_bytes(),
        "concepts/glossary.md": glossary(),
        **root_pages(),
        **tutorials(docs / "tutorials"),
    }
    for place, content in made.items():
        files.append(File.generated(config, place, content=content))
    return files


def command_line() -> str:
    """The reference of the command `medmeta`, as its own help has it."""
    from typer import Context
    from typer.cli import get_docs_for_click
    from typer.main import get_command

    from medmeta_core.cli.command import commands

    command = get_command(commands)
    context = Context(command, info_name="medmeta")
    told = get_docs_for_click(obj=command, ctx=context, name="medmeta", title="Command line")
    return re.sub(r"\n{3,}", "\n\n", told)


def decisions(folder: Path) -> str:
    """The list of decisions by number."""
    lines = [
        "# Decisions",
        "",
        "Choices that a newcomer would question: the question, the choice and its price.",
        "",
    ]
    for path in sorted(folder.glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        title = re.sub(r"^\d+[.:]?\s+", "", title)
        lines.append(f"- {path.name[:3]} · [{title}]({path.name})")
    return "\n".join(lines) + "\n"


def glossary() -> str:
    """The terms, as CONTRIBUTING.md lists them."""
    _, _, terms = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Terms\n")
    return f"# Glossary\n{terms.partition(chr(10) + '## ')[0]}\n"


def root_pages() -> dict[str, str]:
    """The files at the root as pages, with their links made to fit."""
    pages = {
        page: LINK.sub(_of_the_site, (ROOT / file).read_text(encoding="utf-8"))
        for file, page in ROOT_PAGES.items()
    }
    pages["licence.md"] = "# Licence\n\n```text\n" + (ROOT / "LICENSE").read_text("utf-8") + "```\n"
    pages["notice.md"] += "\n## What these packages bring along\n\n" + installed_packages()
    return pages


def _of_the_site(link: re.Match[str]) -> str:
    target = link[1]
    if target in ROOT_PAGES:
        return ROOT_PAGES[target]
    return posixpath.relpath(target, "docs") if target.startswith("docs/") else target


def installed_packages() -> str:
    """A table of all that an installation of MedMeta consists of, with versions and licences."""
    rows = ["| Package | Version | Licence |", "|---|---|---|"]
    for name in sorted(_closure("medmeta") - {"medmeta"}):
        about = metadata.metadata(name)
        rows.append(f"| {name} | {metadata.version(name)} | {_licence(about)} |")
    return "\n".join(rows) + "\n"


def _closure(name: str) -> set[str]:
    """The installed packages that a package needs, itself included; no extras."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        one = canonicalize_name(waiting.pop())
        if one in reached or not any(metadata.Distribution.discover(name=one)):
            continue
        reached.add(one)
        needed = [Requirement(line) for line in metadata.requires(one) or ()]
        waiting += [
            each.name
            for each in needed
            if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
    return reached


def _licence(about: metadata.PackageMetadata) -> str:
    fields = about.json
    if "license_expression" in fields:
        return str(fields["license_expression"])
    listed = fields.get("classifier", [])
    classifiers = [line.rpartition(" :: ")[2] for line in listed if line.startswith("License ::")]
    told = [one for one in classifiers if one != "OSI Approved"]
    return "; ".join(told) or str(fields.get("license", "see its files")).partition("\n")[0][:60]


def tutorials(folder: Path) -> dict[str, str | bytes]:
    """Each script as a page with what its cells print, and its figures."""
    made: dict[str, str | bytes] = {}
    for path in sorted(folder.glob("*.py")):
        made.update(_page_of(path))
    return made


def _page_of(path: Path) -> Iterator[tuple[str, str | bytes]]:
    parts = []
    for cell, output in run(path):
        if output is None:
            parts.append(cell.text)
            continue
        parts.append(f"```python\n{cell.text}\n```")
        if output.printed.strip():
            parts.append(f"```text\n{output.printed.rstrip()}\n```")
        for figure in output.figures:
            name = f"{path.stem}-{len(parts)}.png"
            yield f"tutorials/{name}", figure
            parts.append(f"![Figure]({name})")
    yield f"tutorials/{path.stem}.md", "\n\n".join(parts) + "\n"
