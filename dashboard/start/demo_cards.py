"""Demo sets as cards: one click makes a workspace of one."""

from base64 import b64encode
from functools import cache, partial
from pathlib import Path

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, plain, t, text_or
from dashboard.start.opening import open_in_background
from medmeta_core.casework import delete_workspace
from medmeta_core.casework.intake import Intake, take_in
from medmeta_core.demo import DemoSet, demo_sets
from medmeta_core.errors import Stopped
from medmeta_core.imaging import read_folder, read_image, thumbnail
from medmeta_core.paths import assets_folder
from medmeta_core.progress import Progress, begin_keeping
from medmeta_core.workspace import Role, Workspace

N_PICTURES = 5


def show_demo_cards() -> None:
    """A card for each demo set at hand."""
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
        label = t("start.opening_demo", title=title)
        open_in_background(label, lambda progress: _open(demo, str(title), progress))


def _open(demo: DemoSet, title: str, progress: Progress) -> Workspace:
    """A new workspace with the set's examples and cases."""
    workspace = store().create_workspace(title, is_demo=True)
    folders = {Role.EXAMPLE: demo.examples, Role.CASE: demo.cases}
    try:
        for number, (role, folder) in enumerate(folders.items()):
            key, tell = workspace.patient_key_secret, partial(_tell, progress, number)
            take_in(Intake(workspace, role), read_folder(folder, key=key, progress=tell))
        begin_keeping()
    except Stopped:
        delete_workspace(workspace.id)  # half of it would be no example of anything
        raise
    return workspace


def _tell(progress: Progress, number: int, fraction: float, label: str) -> None:
    progress((number + fraction) / 2, label)


def _pictures(demo: DemoSet) -> list[Path]:
    """One picture of each condition, then further ones."""
    folders = sorted(path for path in demo.examples.iterdir() if path.is_dir())
    by_condition = [sorted(folder.iterdir()) for folder in folders]
    return [pictures[i] for i in range(N_PICTURES) for pictures in by_condition][:N_PICTURES]


@cache
def _thumbnail(path: Path) -> str:
    content = thumbnail(read_image(path.read_bytes()))
    return "data:image/webp;base64," + b64encode(content).decode()
