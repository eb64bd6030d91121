"""Demo sets as cards: one click makes a workspace of one."""

from base64 import b64encode
from functools import cache, partial
from pathlib import Path

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, plain, t, text_or
from dashboard.start.opening import open_in_background
from medmeta_core.casework import open_demo
from medmeta_core.demo import DemoSet, demo_sets
from medmeta_core.imaging import read_image, thumbnail
from medmeta_core.paths import assets_folder

N_PICTURES = 5


def show_demo_cards() -> None:
    """A card for each available demo set."""
    sets = demo_sets(assets_folder())
    st.subheader(t("start.demos"), anchor=False)
    for column, demo in zip(st.columns(max(len(sets), 2), gap="medium"), sets, strict=False):
        with column.container(border=True, height="stretch", key=f"demo-{demo.name}"):
            _card(demo)


def _card(demo: DemoSet) -> None:
    title = text_or(f"start.demo_sets.{demo.name}.title", demo.title)
    pictures = "".join(f'<img src="{_thumbnail(path)}" alt="">' for path in _pictures(demo))
    st.html(f'<div class="medmeta-strip">{pictures}</div>')
    st.markdown(Markup("**{}**").format(title))
    st.caption(plain(text_or(f"start.demo_sets.{demo.name}.text", demo.text)))
    if st.button(t("start.try"), key=f"try-{demo.name}"):
        opening = partial(open_demo, store(), demo, str(title))
        open_in_background("open_demo", opening, title=title)


def _pictures(demo: DemoSet) -> list[Path]:
    """One picture of each condition, then further ones."""
    folders = sorted(path for path in demo.examples.iterdir() if path.is_dir())
    by_condition = [sorted(folder.iterdir()) for folder in folders]
    return [pictures[i] for i in range(N_PICTURES) for pictures in by_condition][:N_PICTURES]


@cache
def _thumbnail(path: Path) -> str:
    content = thumbnail(read_image(path.read_bytes()))
    return "data:image/webp;base64," + b64encode(content).decode()
