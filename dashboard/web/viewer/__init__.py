"""The viewer: the plain image and the heat map over it, side by side, windowed in the browser."""

import base64
import zlib
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

from dashboard.engine import store
from dashboard.i18n import raw_text, t
from dashboard.web.component import web_component
from medmeta_core.imaging import WINDOW_PRESETS, MedicalImage, Window, as_png
from medmeta_core.workspace import StoredImage

COLOUR_MAPS = ("inferno", "cividis")

_viewer = web_component("viewer")


@dataclass(frozen=True)
class Overlay:
    """A heat map for the viewer.

    Attributes:
        png: 8-bit grey, as stored; its sides span the picture's sides.
        title: the condition that the map explains and how strong it is.
    """

    png: bytes
    title: str


def show_viewer(image: StoredImage, *, key: str, overlay: Overlay | None = None) -> None:
    """Draw the viewer for an image of the store, with the heat map beside it where there is one."""
    view = _view_of(image.id, image.blob)
    presets = [
        {"label": t(f"viewer.presets.{name}"), "window": window}
        for name, window in view["presets"].items()
    ]
    _viewer(
        key=key,
        data={
            **view,
            "presets": presets,
            "image": image.blob,
            "title": raw_text("viewer.title", alias=image.alias),
            "heat_map": None if overlay is None else _text(overlay.png),
            "heat_title": "" if overlay is None else overlay.title,
            "opacity": 60,
            "colours": {name: _colour_table(name) for name in COLOUR_MAPS},
            "labels": {name: t(f"viewer.labels.{name}") for name in LABELS},
            "shortcuts": [[keys, t(f"viewer.keys.{name}")] for keys, name in SHORTCUTS],
        },
    )


LABELS = (
    *("window", "drag_window", "zoom_in", "zoom_out", "zoom", "invert", "reset", "opacity"),
    *("colours", "scale", "shortcuts", "level", "width", "custom"),
)
SHORTCUTS = (
    ("+ −", "zoom"),
    ("← ↑ → ↓", "pan"),
    ("0", "reset"),
    ("I", "invert"),
    ("H", "heat_map"),
    ("[ ]", "opacity"),
    ("1 … 9", "presets"),
    ("W", "tool"),
)


@lru_cache(maxsize=12)
def _view_of(image_id: str, blob: str) -> dict[str, Any]:  # noqa: ARG001 (the blob is the content)
    """What the browser needs of an image: a picture, or values that it windows itself."""
    image = store().display_image(image_id)
    as_stored = replace(image, pixel_aspect=1.0)  # the browser gives pixels their shape
    has_window = image.values is not None and image.window is not None
    return {
        "picture": None if has_window else _text(as_png(as_stored)),
        "values": None if image.values is None else _packed(image, image.values),
        "window": _window(image.window) if has_window else None,
        "full_window": None if image.values is None else _window(_full_window(image.values)),
        "presets": {name: _window(window) for name, window in _presets(image).items()},
        "pixel_aspect": image.pixel_aspect,
        "units": image.units,
    }


def _presets(image: MedicalImage) -> dict[str, Window]:
    """The image's own window first, its full range, then those of the CT where values are HU."""
    if image.values is None:
        return {}
    stated = {} if image.window is None else {"own": image.window}
    return (
        stated
        | {"full": _full_window(image.values)}
        | (WINDOW_PRESETS if image.units == "HU" else {})
    )


def _packed(image: MedicalImage, values: NDArray[np.float32]) -> dict[str, Any]:
    """Values (h, w) as 16-bit levels, each row as differences to its left neighbour, deflated."""
    low, high = float(values.min()), float(values.max())
    is_whole = bool((values == np.rint(values)).all()) and high - low < 65536
    slope = 1.0 if is_whole else max(high - low, 1e-6) / 65535
    levels = np.rint((values - low) / slope).astype(np.uint16)
    steps = np.diff(levels, axis=1, prepend=np.uint16(0))  # wraps round, as in the browser
    return {
        "content": _text(zlib.compress(steps.astype("<u2").tobytes(), 3)),
        "height": levels.shape[0],
        "width": levels.shape[1],
        "slope": slope,
        "intercept": low,
        "inverted": image.inverted,
    }


def _full_window(values: NDArray[np.float32]) -> Window:
    low, high = float(values.min()), float(values.max())
    return Window(centre=(low + high + 1) / 2, width=max(high - low + 1, 1.0))


def _window(window: Window | None) -> dict[str, float] | None:
    return None if window is None else {"centre": window.centre, "width": window.width}


@cache
def _colour_table(name: str) -> str:
    """256 colours of three bytes each."""
    return _text(colormaps[name](range(256), bytes=True)[:, :3].tobytes())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
