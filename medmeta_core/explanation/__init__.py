"""The grounds of an answer: where in the picture, which examples, where on the map."""

from medmeta_core.explanation.explanation import Explanation
from medmeta_core.explanation.grad_cam import grad_cam, prepare_grad_cam
from medmeta_core.explanation.overlay import COLOUR_MAP, heat_map_png, overlay, overlay_png
from medmeta_core.explanation.projection import (
    PROJECTIONS,
    Projection,
    fit_projection,
    installed_projections,
)
from medmeta_core.explanation.similar_cases import SimilarCase, similar_cases

__all__ = [
    "COLOUR_MAP",
    "PROJECTIONS",
    "Explanation",
    "Projection",
    "SimilarCase",
    "fit_projection",
    "grad_cam",
    "heat_map_png",
    "installed_projections",
    "overlay",
    "overlay_png",
    "prepare_grad_cam",
    "similar_cases",
]
