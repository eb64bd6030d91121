"""What the command is given may be no file, and may have a name that a terminal obeys."""

import json
import os
from pathlib import Path

import pytest
from command import medmeta
from pictures import write_folder

from medmeta_core.cli.printable import printable, printable_json
from medmeta_core.errors import MedMetaError
from medmeta_core.imaging.regular_file import regular_file

ORDER = "\x1b]0;mine\x07\x9b2J\r\u202egnp.\n"
"""Names the window, clears the screen, goes back to the line's start, turns the writing round."""


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("examples"), {"flu": 3, f"cold{ORDER}": 3})


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "missing", "endless"])
def test_what_is_no_file_is_refused_in_one_line(kind: str, examples: Path, tmp_path: Path) -> None:
    path = tmp_path / "given.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "endless":
        with path.open("wb") as file:
            file.truncate(2**40)  # takes no room on the disk
    for command in (
        ("classify", path, "--examples", examples),
        ("backbones", "import", path, "--name", "mine", "--architecture", "resnet18"),
    ):
        run = medmeta(*command)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.splitlines()[-1].startswith("medmeta: ")


def test_a_file_is_looked_at_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "three"
    file.write_bytes(b"123")
    assert regular_file(file, max_bytes=3) == file
    with pytest.raises(MedMetaError, match="at most 0 MB") as refused:
        regular_file(file, max_bytes=2)
    assert refused.value.rule == "file-too-large"


def test_no_name_gives_the_terminal_an_order(examples: Path, tmp_path: Path) -> None:
    case = tmp_path / f"case{ORDER}.png"
    case.write_bytes(next((examples / "flu").iterdir()).read_bytes())
    broken = tmp_path / os.fsdecode(b"broken\xff\x1b.png")  # in no known encoding
    broken.write_bytes(b"not a picture")
    for options in ((), ("--json", "-")):
        run = medmeta("classify", case, broken, "--examples", examples, *options)
        assert run.returncode == 0
        assert not set("\x1b\x07\x9b\r\u202e") & set(run.stdout + run.stderr)
    assert ORDER in json.loads(run.stdout)["files"][0]["file"]
    missing = medmeta("classify", tmp_path / f"none{ORDER}", "--examples", examples)
    assert not set("\x1b\x07\x9b\r\u202e") & set(missing.stderr)
    assert "No such file" in missing.stderr.splitlines()[-1]


def test_json_says_the_same_without_controls() -> None:
    content = {"name": ORDER, "文": "肺炎\udcff"}
    text = json.dumps(content, ensure_ascii=False, indent=2)
    assert json.loads(printable_json(text)) == content
    assert printable("肺炎 é 😀") == "肺炎 é 😀"
