"""macOS and Windows: simulated on Linux, by interpreters that lack what those systems lack."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from other_system import NARROWED, WITHOUT_NAMES, missing_on

import dashboard
import medmeta_core

CORE = Path(medmeta_core.__file__).parent
PACKAGES = (CORE, Path(dashboard.__file__).parent)
MADE_FOR_IT = (
    "medmeta_core/operating_system.py",
    "medmeta_core/imaging/guard/fork_server.py",
    "medmeta_core/imaging/guard/forked_children.py",
)
PAGES_FOR_STREAMLIT_ALONE = ("dashboard.app", "dashboard.pages")

OTHERS = ("darwin", "win32")

SIMULATION = """
import sys
sys.path.insert(0, sys.argv[2])
import other_system
other_system.become(sys.argv[1])

import importlib, io, os, pkgutil, tempfile, zipfile
from pathlib import Path
import numpy as np
from PIL import Image
import dashboard, medmeta_core
from medmeta_core import operating_system
from medmeta_core.imaging.guard import guard, spawned_children

assert not operating_system.HAS_FORK_SERVER and not hasattr(os, "memfd_create")
children = spawned_children.SpawnServer(other_system.__file__)
environment = spawned_children.environment_for
spawned_children.environment_for = lambda: environment() | {"LANG": f"platform-{sys.argv[1]}"}
guard.CHILDREN = children

from medmeta_core.imaging import ReadItem, Upload, read_folder, read_image, read_uploads
"""

READING = """
picture = io.BytesIO()
Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(picture, "PNG")
dicom = Path(sys.argv[3]).read_bytes()
zipped = io.BytesIO()
with zipfile.ZipFile(zipped, "w") as archive:
    archive.writestr("flu/a.png", picture.getvalue())
    archive.writestr("cold/b.dcm", dicom)
assert read_image(picture.getvalue()).pixels.shape == (1, 8, 8)
nameless = tempfile.TemporaryFile()
nameless.write(zipped.getvalue())
nameless.flush()
for content in (zipped.getvalue(), nameless):
    items = list(read_uploads([Upload("a.zip", content)]))
    assert all(isinstance(item, ReadItem) for item in items), items
    print(sorted((i.name, i.label.condition, i.images[0].modality) for i in items))
folder = Path(tempfile.mkdtemp(), "eyes")
folder.mkdir()
(folder / "a.dcm").write_bytes(dicom)
(folder / "broken.png").write_bytes(picture.getvalue()[:40])
print([getattr(item, "rule", "read") for item in read_folder(folder)])

from medmeta_core.workspace import NewImage, Role, Store
store = Store.open(Path(tempfile.mkdtemp()))
desk = store.create_workspace("Here").id
image = read_image(dicom)
store.add_images(desk, [NewImage(image, "a.dcm", Role.EXAMPLE, "flu")])
[stored] = store.images(desk)
assert np.array_equal(store.read_image(stored.id).pixels, image.pixels)
store.close()
children.close()
"""

IMPORTING = """
children.close()
for package in (medmeta_core, dashboard):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name not in sys.argv[3].split(","):
            importlib.import_module(module.name)
            print(module.name)
"""


def simulated(platform: str, script: str, argument: str) -> list[str]:
    command = [
        sys.executable,
        "-c",
        SIMULATION + script,
        platform,
        str(Path(__file__).parent),
        argument,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.parametrize("platform", OTHERS)
def test_a_picture_a_dicom_file_and_a_zip_are_read_and_stored(
    platform: str, tmp_path: Path
) -> None:
    from pydicom.data import get_testdata_file

    first, second, folder = simulated(platform, READING, str(get_testdata_file("CT_small.dcm")))
    assert first == second == "[('a.png', 'flu', 'OT'), ('b.dcm', 'cold', 'CT')]"
    assert folder == "['read', 'decoder-failed']"


@pytest.mark.parametrize("platform", OTHERS)
def test_every_module_is_imported(platform: str) -> None:
    left_out = (
        *("medmeta_core.imaging.guard.fork_server", "medmeta_core.imaging.guard.forked_children"),
        *PAGES_FOR_STREAMLIT_ALONE,
        *(f"dashboard.{page}.{page}" for page in pages()),
        "medmeta_core.cli.__main__",
    )
    names = simulated(platform, IMPORTING, ",".join(left_out))
    assert {"medmeta_core.analysis", "medmeta_core.cli.command", "dashboard.state"} <= set(names)


def pages() -> list[str]:
    """The folders of pages, whose script of the same name runs when it is imported."""
    folder = Path(dashboard.__file__).parent
    return [path.parent.name for path in folder.glob("*/*.py") if path.stem == path.parent.name]


def names_of_one_system(path: Path) -> Iterator[str]:
    """What a module uses that macOS or Windows lacks."""
    missing = {
        module: missing_on("win32", module) | missing_on("darwin", module) for module in NARROWED
    }
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in missing.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in missing:
            yield from (one.name for one in node.names if one.name in missing[str(node.module)])
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in WITHOUT_NAMES)
        elif isinstance(node, ast.keyword) and node.arg in ("pass_fds", "preexec_fn"):
            yield str(node.arg)
        elif isinstance(node, ast.Constant) and str(node.value).startswith(("/proc/", "/dev/")):
            yield str(node.value)


def test_what_one_system_alone_has_stands_in_the_modules_made_for_it() -> None:
    found = {
        path.relative_to(package.parent).as_posix(): set(names_of_one_system(path))
        for package in PACKAGES
        for path in package.rglob("*.py")
    }
    assert all(found[name] for name in MADE_FOR_IT)  # so the search finds what is there
    assert {name: names for name, names in found.items() if names and name not in MADE_FOR_IT} == {}
