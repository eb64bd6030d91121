"""One list of formats: what is recognised is read, and every sentence names the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import FORMAT_NAMES, read_image
from medmeta_core.imaging.formats.readable import FORMATS, picture_format
from medmeta_core.imaging.picture import READERS
from medmeta_core.messages import sentence

ROOT = Path(__file__).parents[2]


def test_each_format_that_is_recognised_has_a_reader() -> None:
    assert READERS.keys() == FORMATS.keys()


def test_the_refusal_names_each_format() -> None:
    with pytest.raises(UnreadableImageError) as caught:
        read_image(b"no picture at all")
    assert f"({FORMAT_NAMES})" in str(caught.value)


@pytest.mark.parametrize("name", FORMATS)
def test_readme_and_the_chinese_refusal_name_each_format(name: str) -> None:
    assert name in (ROOT / "README.md").read_text(encoding="utf-8")
    assert name in sentence("not-an-image", {}, "zh")


def test_the_command_line_names_each_format() -> None:
    command = [sys.executable, "-m", "medmeta_core.cli", "classify", "--help"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [name for name in FORMATS if name not in " ".join(output.split())] == []


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"II*\0\x10\0\0\0CR\2\0", None),  # a CR2 is a TIFF of a raw picture
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),  # ISO 23000-22: HEIF as well
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"P5\n640 480\n255\n", "PNM"),
        (b"P1 was seen on Monday", None),
    ],
)
def test_formats_with_the_same_first_bytes_are_distinguished(head: bytes, name: str | None) -> None:
    assert picture_format(head) == name
