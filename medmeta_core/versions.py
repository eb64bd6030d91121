"""The software that an answer came from, by name and version."""

from importlib.metadata import PackageNotFoundError, version

NAMED = (
    "medmeta",
    "torch",
    "torchvision",
    "numpy",
    "scikit-learn",
    "grad-cam",
    "pydicom",
    "streamlit",
)


def versions() -> dict[str, str]:
    """{package: version} of what takes part in an answer; absent packages are left out."""
    found = {}
    for name in NAMED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
