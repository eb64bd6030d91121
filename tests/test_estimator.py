"""`FewShotClassifier` is an estimator as scikit-learn asks for."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tiny
from PIL import Image
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder
from sklearn.utils.estimator_checks import parametrize_with_checks

from medmeta_core.errors import HyperParameterError, MedMetaError
from medmeta_core.estimator import FewShotClassifier
from medmeta_core.methods import METHODS

Examples = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


@parametrize_with_checks([FewShotClassifier()])
def test_it_passes_the_checks_of_scikit_learn(estimator: BaseEstimator, check: Any) -> None:
    check(estimator)


@pytest.fixture
def images() -> Examples:
    """Twelve pictures (12, 3, 32, 32) of three conditions, and what they are of."""
    support = tiny.support((4, 4, 4))
    return support.pixels.numpy(), np.array([support.conditions[i] for i in support.labels])


@pytest.fixture
def embeddings() -> Examples:
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 6)
    return generator.normal(size=(18, 5)) + 3 * np.eye(5)[labels], labels


@pytest.mark.parametrize("method", ["ridge", "simpleshot", "shrinkage", "automatic"])
def test_embeddings_are_classified_by_every_method_that_fits_heads(
    method: str, embeddings: Examples
) -> None:
    fitted = FewShotClassifier(method).fit(*embeddings)
    assert fitted.score(*embeddings) >= 0.9
    assert np.allclose(fitted.predict_proba(embeddings[0]).sum(1), 1)


def test_a_method_that_looks_at_pixels_refuses_embeddings(embeddings: Examples) -> None:
    with pytest.raises((MedMetaError, ValueError), match="pixels"):
        FewShotClassifier("maml").fit(*embeddings)


def test_images_and_their_embeddings_are_answered_alike(images: Examples) -> None:
    pixels, labels = images
    backbone = tiny.backbone()
    on_images = FewShotClassifier("ridge", backbone).fit(pixels, labels)
    embedded = on_images.adaptation_.embeddings.numpy()
    on_embeddings = FewShotClassifier("ridge").fit(embedded, labels)
    assert np.allclose(
        on_images.predict_proba(pixels), on_embeddings.predict_proba(embedded), atol=1e-5
    )


def test_images_may_come_one_by_one(images: Examples, tmp_path: Path) -> None:
    pixels, labels = images
    fitted = FewShotClassifier("ridge", tiny.backbone()).fit(list(pixels), labels)
    expected = fitted.predict_proba(list(pixels))
    paths = [tmp_path / f"{number}.png" for number in range(len(pixels))]
    for path, one in zip(paths, pixels, strict=True):
        levels = (np.asarray(one).transpose(1, 2, 0) * 255).round().astype(np.uint8)
        Image.fromarray(levels).save(path)
    for files in ([path.read_bytes() for path in paths], pd.Series(paths)):
        assert np.allclose(fitted.predict_proba(files), expected, atol=0.02)


def test_images_of_another_shape_are_refused(images: Examples) -> None:
    with pytest.raises(MedMetaError, match=r"expected \(n, 3, h, w\).*found \(12, 8, 8\)"):
        FewShotClassifier("ridge", tiny.backbone()).fit(np.zeros((12, 8, 8)), images[1])


def test_labels_come_back_as_they_were_given(images: Examples) -> None:
    pixels, labels = images
    numbers = LabelEncoder().fit_transform(labels) * 10
    fitted = FewShotClassifier("ridge", tiny.backbone()).fit(pixels, numbers)
    assert fitted.classes_.tolist() == [0, 10, 20]
    assert set(fitted.predict(pixels).tolist()) <= {0, 10, 20}


def test_examples_of_one_patient_are_left_out_together(images: Examples) -> None:
    groups = ["P1", "P1", "P2", "P2", "P3", "P3", "P4", "P4", "P5", "P5", "P6", "P6"]
    fitted = FewShotClassifier("ridge", tiny.backbone()).fit(*images, groups=groups)
    assert fitted.adaptation_.cross_validation.n_folds == 6


def test_groups_of_another_length_are_refused(images: Examples) -> None:
    with pytest.raises(ValueError, match="groups: expected one for each of 12, found 1"):
        FewShotClassifier("ridge", tiny.backbone()).fit(*images, groups=["P1"])


def test_hyper_parameters_are_parameters_of_the_estimator(embeddings: Examples) -> None:
    estimator = FewShotClassifier("ridge", penalty=0.1)
    assert estimator.get_params() == {"method": "ridge", "backbone": None, "penalty": 0.1}
    assert clone(estimator).set_params(penalty=2.0).fit(*embeddings).adaptation_.settings[
        "penalty"
    ] == pytest.approx(2.0)


@pytest.mark.parametrize("chosen", [{"penalty": -1.0}, {"no_such": 1.0}])
def test_a_hyper_parameter_that_cannot_be_is_refused(
    chosen: dict[str, float], embeddings: Examples
) -> None:
    with pytest.raises(HyperParameterError):
        FewShotClassifier("ridge", **chosen).fit(*embeddings)


def test_a_method_that_is_an_object_has_its_hyper_parameters_already(images: Examples) -> None:
    method = METHODS["ridge"].make(tiny.backbone())
    with pytest.raises(HyperParameterError):
        FewShotClassifier(method, penalty=1.0).fit(*images)


def test_a_grid_search_chooses_among_methods_and_hyper_parameters(embeddings: Examples) -> None:
    grid = [{"method": ["prototypical"]}, {"method": ["ridge"], "penalty": [0.1, 1.0]}]
    search = GridSearchCV(FewShotClassifier(), grid, cv=3).fit(*embeddings)
    assert len(search.cv_results_["params"]) == 3
    assert search.best_score_ >= 0.9


def test_it_ends_a_pipeline(images: Examples) -> None:
    pixels, labels = images
    mirrored = FunctionTransformer(lambda batch: np.ascontiguousarray(batch[..., ::-1]))
    pipeline = make_pipeline(mirrored, FewShotClassifier("ridge", tiny.backbone()))
    assert pipeline.fit(pixels, labels).score(pixels, labels) >= 0.9


def test_patients_are_separated_by_cross_validation(images: Examples) -> None:
    pixels, labels = images
    groups = np.tile([0, 1, 2, 3], 3)
    estimator = FewShotClassifier("ridge", tiny.backbone())
    scores = cross_val_score(estimator, pixels, labels, groups=groups, cv=GroupKFold(4))
    assert scores.mean() > 0.9


@pytest.mark.parametrize("method", ["prototypical", "anil"])
def test_a_pickle_answers_as_the_original(method: str, images: Examples) -> None:
    pixels, labels = images
    fitted = FewShotClassifier(method, tiny.backbone()).fit(pixels, labels)
    loaded = pickle.loads(pickle.dumps(fitted))  # noqa: S301
    assert np.array_equal(loaded.predict_proba(pixels), fitted.predict_proba(pixels))


def test_real_images_are_read_from_their_paths(shared: Path) -> None:
    folder = shared / "data" / "images" / "pbc_blood_cells"
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())[:2]
    paths = [path for name in names for path in sorted((folder / name).iterdir())[:4]]
    labels = [path.parent.name for path in paths]
    fitted = FewShotClassifier("ridge", tiny.backbone()).fit(paths, labels)
    assert fitted.predict([str(path) for path in paths]).tolist() == labels
