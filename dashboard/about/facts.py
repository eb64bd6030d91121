"""Facts on screen: shortcuts, versions with their licences."""

import functools
from importlib.metadata import PackageNotFoundError, metadata

import streamlit as st

from dashboard.i18n import Markup, t
from dashboard.web.viewer import SHORTCUTS

PACKAGES = (
    "medmeta",
    "streamlit",
    "torch",
    "torchvision",
    "numpy",
    "scikit-learn",
    "umap-learn",
    "grad-cam",
    "plotly",
    "pydicom",
    "pylibjpeg",
    "pylibjpeg-openjpeg",
    "pylibjpeg-rle",
    "pyjpegls",
    "imagecodecs",
    "pillow",
    "pi-heif",
    "tifffile",
    "sqlalchemy",
    "safetensors",
    "fpdf2",
    "matplotlib",
    "typer",
    "rich",
)
MARKS = ("click", "shift", "double", "arrows", "space", "enter", "all", "escape")


def show_shortcuts() -> None:
    """What the keyboard and the mouse do in the gallery and in the viewer."""
    gallery, viewer = st.columns(2, gap="large")
    with gallery:
        st.markdown(Markup("**{}**").format(t("about.shortcuts.gallery")))
        _keys(
            {t(f"about.shortcuts.{name}.keys"): t(f"about.shortcuts.{name}.does") for name in MARKS}
        )
    with viewer:
        st.markdown(Markup("**{}**").format(t("about.shortcuts.viewer")))
        _keys({keys: t(f"viewer.keys.{name}") for keys, name in SHORTCUTS})


def show_packages() -> None:
    """The versions at work and the terms they come under."""
    columns = [t(f"about.packages.{name}") for name in ("package", "version", "licence")]
    rows = [_package(name) for name in PACKAGES]
    st.dataframe(
        [dict(zip(columns, row, strict=True)) for row in rows],
        hide_index=True,
        height="content",
        key="packages",
    )


@functools.cache
def _package(name: str) -> tuple[str, str, str]:
    try:
        package = metadata(name)
    except PackageNotFoundError:
        return name, "–", "–"
    approved = "License :: OSI Approved :: "
    classifiers = [
        line.removeprefix(approved)
        for line in package.get_all("Classifier", [])
        if line.startswith(approved)
    ]
    expressions, texts = package.get_all("License-Expression"), package.get_all("License")
    stated = ", ".join(expressions or classifiers or texts or ["–"])
    return name, package["Version"], stated.splitlines()[0]


def _keys(rows: dict[str, str]) -> None:
    for keys, text in rows.items():
        st.markdown(Markup(":gray-badge[{}] {}").format(keys, text))
