"""Reports to try the renderers on: realistic figures, pictures made on the spot."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from PIL import Image

from medmeta_core.explanation import Explanation, SimilarCase
from medmeta_core.reporting import (
    CaseReport,
    ConditionSummary,
    Exclusion,
    RefusedInput,
    Report,
    SimilarPicture,
    Verdict,
)
from medmeta_core.trust import Abstention, AbstentionRule, CrossValidation, Prediction, shown_answer

CREATED = datetime(2026, 3, 14, 15, 9, 26, tzinfo=timezone(timedelta(hours=1), "CET"))
BONE_LESIONS = (
    "Osteosarcoma",
    "Ewing sarcoma",
    "Giant cell tumour of bone",
    "Fibrous dysplasia",
    "Simple bone cyst",
)
N_EXAMPLES = (6, 5, 5, 6, 4)


def radiograph(seed: int, *, side: int = 256) -> np.ndarray:
    """A shaft of bone with a bright or dark spot, (side, side) in [0, 1]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    tilt, centre = random.uniform(-0.25, 0.25), random.uniform(0.42, 0.58)
    across = (x - centre - tilt * (y - 0.5)) / (0.15 + 0.08 * (y - 0.5) ** 2)
    cortex = 0.5 * np.exp(-(((np.abs(across) - 0.85) / 0.16) ** 2))
    marrow = 0.3 * (np.abs(across) < 0.85)
    spot = np.exp(-(((x - centre) / 0.11) ** 2 + ((y - random.uniform(0.3, 0.7)) / 0.13) ** 2))
    noise = random.normal(0, 0.025, (side, side))
    lesion = random.choice([-0.25, 0.35]) * spot
    return np.clip(0.14 * np.exp(-((across / 3) ** 2)) + cortex + marrow + lesion + noise, 0, 1)


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray((pixels * 255).astype(np.uint8)).save(buffer, kind)
    return buffer.getvalue()


def overlaid(grey: np.ndarray) -> tuple[bytes, np.ndarray]:
    """The picture under a heat map, and the heat map (7, 7)."""
    from matplotlib import colormaps

    y, x = np.mgrid[0 : 1 : grey.shape[0] * 1j, 0 : 1 : grey.shape[1] * 1j]
    heat = np.exp(-(((x - 0.5) / 0.2) ** 2 + ((y - 0.45) / 0.18) ** 2))
    colours = colormaps["inferno"](heat)[..., :3]
    share = 0.6 * heat[..., None]
    return encoded(grey[..., None] * (1 - share) + colours * share), heat[::37, ::37]


def prediction_over(conditions: tuple[str, ...], *, seed: int, sharpness: float = 3) -> Prediction:
    random = np.random.default_rng(seed)
    scores = np.exp(sharpness * random.random(len(conditions)))
    probabilities = scores / scores.sum()
    intervals = tuple((max(0, p - 0.12), min(1, p + 0.14)) for p in probabilities.tolist())
    likely = tuple(
        name for name, p in zip(conditions, probabilities, strict=True) if p > 0.7 / len(conditions)
    )
    return Prediction(
        conditions=conditions,
        probabilities=tuple(probabilities.tolist()),
        intervals=intervals,
        conformal_set=likely,
        coverage=0.9,
        typicality=0.42,
        abstention=None if probabilities.max() >= 0.5 else Abstention.NOT_SURE,
        similar_cases=(SimilarCase(0, conditions[0], 0.91),),
        share_right=float(probabilities.max()),
        n_evaluated=26,
    )


def case_of(
    alias: str, conditions: tuple[str, ...], *, seed: int, sharpness: float = 3
) -> CaseReport:
    prediction = prediction_over(conditions, seed=seed, sharpness=sharpness)
    grey = radiograph(seed)
    overlay, heat = overlaid(grey)
    return CaseReport(
        alias=alias,
        picture_png=encoded(grey),
        overlay_png=overlay,
        prediction=prediction,
        explanation=Explanation(heat.astype(np.float32), 0.0371 * (seed + 1), prediction.first),
        similar=tuple(
            SimilarPicture(
                f"E{3 * k + 2}",
                prediction.ranked[k // 3][0],
                0.93 - 0.04 * k,
                encoded(radiograph(100 + 10 * seed + k, side=120), "WEBP"),
            )
            for k in range(5)
        ),
        seconds=0.84,
        modality="DX",
        source_digest="9f" * 32,
    )


def left_out_over(counts: tuple[int, ...], conditions: tuple[str, ...]) -> CrossValidation:
    random = np.random.default_rng(7)
    labels = np.repeat(np.arange(len(counts)), counts)
    scores = random.random((len(labels), len(counts)))
    scores[np.arange(len(labels)), labels] += 0.55
    probabilities = np.exp(3 * scores)
    probabilities /= probabilities.sum(1, keepdims=True)
    return CrossValidation(conditions, labels, probabilities, len(labels), by_patient=True)


def bone_report() -> Report:
    """Five conditions and four cases: named, not sure, none of these, and one without a map."""
    first, second, third, fourth = (
        case_of(f"C{k + 1}", BONE_LESIONS, seed=k, sharpness=sharpness)
        for k, sharpness in enumerate((9, 1.5, 2, 8))
    )
    none = replace(third.prediction, abstention=Abstention.NONE_OF_THESE, typicality=0.012)
    at = datetime(2026, 3, 14, 14, 58, 3, tzinfo=UTC)
    cases = (
        replace(
            first,
            verdict=Verdict(
                "accept",
                None,
                "Sunburst reaction fits.",
                "Dr Lind",
                at,
                shown_answer(first.prediction),
            ),
            first_impression=Verdict("before-reveal", "Osteosarcoma", "", "Dr Lind", at),
        ),
        replace(second, notes=("lossy-compression", "window-assumed")),
        replace(
            third,
            prediction=none,
            verdict=Verdict("unsure", None, "", "Dr Lind", at, shown_answer(none)),
        ),
        replace(
            fourth,
            overlay_png=None,
            explanation=None,
            verdict=Verdict(
                "changed",
                "Fibrous dysplasia",
                "Ground-glass matrix.",
                "Dr Lind",
                at,
                shown_answer(fourth.prediction),
            ),
        ),
    )
    return Report(
        title="Bone lesions of the long bones",
        workspace="Bone lesions, spring teaching",
        created=CREATED,
        operator="Dr Lind",
        conditions=tuple(
            ConditionSummary(
                name, n, max(1, n - 1), (Exclusion("E7", "motion blur"),) if k == 1 else ()
            )
            for k, (name, n) in enumerate(zip(BONE_LESIONS, N_EXAMPLES, strict=True))
        ),
        cases=cases,
        cross_validation=left_out_over(N_EXAMPLES, BONE_LESIONS),
        method="prototypical",
        settings={"temperature": 0.5713, "distance": "squared Euclidean"},
        backbone="medmeta-conv4",
        backbone_sha256="4e1c" * 16,
        rule=AbstentionRule(),
        versions={"medmeta": "0.1.0", "torch": "2.12.1", "python": "3.11.9"},
        seed=20260314,
        refusals=(
            RefusedInput("R1", "dicom-without-pixels", "The file holds no picture (a report)."),
            RefusedInput("R2", "too-many-pixels", "At most 100 megapixels are read; found 412."),
        ),
        session_digest="c0de" * 16,
        audit_head="beef" * 16,
    )
