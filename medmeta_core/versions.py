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
    installed = {}
    for name in NAMED:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed
