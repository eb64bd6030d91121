"""Facts on screen: model cards, shortcuts, versions with their licences."""

import functools
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

import streamlit as st

from dashboard.components.viewer import SHORTCUTS
from dashboard.i18n import t, text_or
from medmeta_core.embedding import ModelCard, backbone_card, backbone_names

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
    "sqlalchemy",
    "safetensors",
    "fpdf2",
    "matplotlib",
    "typer",
    "rich",
)
MARKS = ("click", "shift", "double", "arrows", "space", "enter", "all", "escape")


def show_backbones() -> None:
    """The card of each backbone at hand."""
    for name in backbone_names():
        card = backbone_card(name)
        with st.expander(f"**{card.name}** · {card.architecture}", key=f"card-{name}"):
            _show_card(card)


def show_shortcuts() -> None:
    """What the keyboard and the mouse do in the gallery and in the viewer."""
    gallery, viewer = st.columns(2, gap="large")
    with gallery:
        st.markdown(f"**{t('about.shortcuts.gallery')}**")
        _keys(
            {t(f"about.shortcuts.{name}.keys"): t(f"about.shortcuts.{name}.does") for name in MARKS}
        )
    with viewer:
        st.markdown(f"**{t('about.shortcuts.viewer')}**")
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
        found = metadata(name)
    except PackageNotFoundError:
        return name, "–", "–"
    approved = "License :: OSI Approved :: "
    classifiers = [
        line.removeprefix(approved)
        for line in found.get_all("Classifier", [])
        if line.startswith(approved)
    ]
    expressions, texts = found.get_all("License-Expression"), found.get_all("License")
    stated = ", ".join(expressions or classifiers or texts or ["–"])
    return name, found["Version"], stated.splitlines()[0]


def _show_card(card: ModelCard) -> None:
    side = f"{card.input_side} × {card.input_side}"
    stated = {"input_side": side, "sha256": f"`{card.sha256}`", **card.facts}
    for name, value in stated.items():
        if name != "trained_on":  # told by `data`, with the licences
            left, right = st.columns([1, 3], gap="small")
            left.markdown(f"**{_label(name)}**")
            with right:
                _show_value(value, key=f"{card.name}-{name}")


def _show_value(value: Any, *, key: str) -> None:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        rows = [{_label(name): _told(inner) for name, inner in row.items()} for row in value]
        st.dataframe(rows, hide_index=True, height="content", key=key)
    elif isinstance(value, list):
        st.markdown("\n".join(f"- {_told(inner)}" for inner in value))
    elif isinstance(value, dict):
        st.caption(" · ".join(f"{name} {_told(inner)}" for name, inner in value.items()))
    else:
        st.markdown(_told(value))


def _label(name: str) -> str:
    return text_or(f"about.facts.{name}", name)


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_told(inner) for inner in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _keys(rows: dict[str, str]) -> None:
    for keys, text in rows.items():
        st.markdown(f":gray-badge[{keys}] {text}")
