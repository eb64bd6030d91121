"""What all tests share."""

from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)

# Not modules with doctests: three files of one name would shut each other out.
collect_ignore_glob = ["conftest.py", "*/conftest.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--guide-pictures",
        type=Path,
        metavar="FOLDER",
        help="write the pictures of the user guide below FOLDER (tests/browser)",
    )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real images and DICOM files beside the project."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("needs the folder of real images (../shared), which is absent here")
    return folder
