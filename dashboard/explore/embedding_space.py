"""The embedding in three dimensions, to be turned: drawn by plotly, with the marks of the map.

The figure never changes with what a visitor picks: to Streamlit a changed one is another widget,
so that a picked image would turn the axes back.
"""

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from dashboard.i18n import Markup, raw_text, t
from dashboard.shared.condition_marks import NEUTRAL, Mark
from dashboard.shared.number_formats import percent
from dashboard.web.embedding_map import legend_of, name_of
from medmeta_core.casework import EmbeddingMap
from medmeta_core.workspace import StoredImage

TRANSPARENT = "rgba(0,0,0,0)"
GRID = "#9AA4A8"  # solid: plotly loses half-transparent lines on white


def show_space(
    embedded: EmbeddingMap, images: Sequence[StoredImage], marks: Mapping[str, Mark]
) -> None:
    """Draw the images among the axes, with a legend and what the axes explain."""
    legend = legend_of(images, marks)
    st.plotly_chart(
        figure_of(embedded, images, legend),
        key="embedding-space",
        alt=t("explore.alt", n=len(images)),
        config={"displayModeBar": False, "displaylogo": False, "scrollZoom": True},
    )
    entry = Markup(':color[{}]{{foreground="{}"}}&nbsp;{}')
    entries = (
        entry.format(mark.symbol, Markup(mark.colour), name) for name, mark in legend.items()
    )
    st.markdown(Markup("\u2003").join(entries))
    st.caption(t("explore.explained", share=percent(sum(embedded.explained))))


def figure_of(
    embedded: EmbeddingMap, images: Sequence[StoredImage], legend: Mapping[str, Mark]
) -> go.Figure:
    """A trace for each entry of the legend."""
    figure = go.Figure()
    for name, mark in legend.items():
        members = [image for image in images if name_of(image) == name]
        x, y, z = zip(*(embedded.places[image.id] for image in members), strict=True)
        figure.add_scatter3d(
            name=escape(name),
            x=x,
            y=y,
            z=z,
            mode="text",  # plotly's own 3-D markers lack triangle, star and pentagon
            text=[mark.symbol] * len(members),
            textposition="middle center",
            textfont={"color": mark.colour, "size": 18},
            hovertext=[escape(f"{image.alias} · {name}") for image in members],
            hoverinfo="text",
        )
    axes = [_axis(k, share) for k, share in enumerate(embedded.explained, start=1)]
    return figure.update_layout(
        scene=dict(zip(("xaxis", "yaxis", "zaxis"), axes, strict=True)),
        showlegend=False,
        height=440,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor=TRANSPARENT,
    )


def _axis(number: int, share: float) -> dict[str, object]:
    return {
        "title": {"text": raw_text("explore.axis", number=number, share=percent(share))},
        "color": NEUTRAL,
        "gridcolor": GRID,
        "backgroundcolor": TRANSPARENT,
        "zeroline": False,
        "showticklabels": False,
        "showspikes": False,
    }
