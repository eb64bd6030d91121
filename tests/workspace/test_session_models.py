"""What MedMeta writes into the JSON of its columns is accepted, and nothing else."""

import copy

import numpy as np
import pytest
from sessions import adaptation_record, packed, prediction, unpacked

from dashboard.classify.thresholds import LIMITS
from medmeta_core.casework.preferences import Preferences
from medmeta_core.errors import SessionFileError, UnreadableImageError
from medmeta_core.imaging import Guard, MedicalImage, encode_image, inspect_stored
from medmeta_core.imaging.refusals import RULES, refusal_message
from medmeta_core.messages import codes
from medmeta_core.methods import METHODS
from medmeta_core.trust import Abstention
from medmeta_core.workspace import read_session_file, session_models, write_session_file
from medmeta_core.workspace.session_models import is_of_form
from medmeta_core.workspace.session_pictures import is_plausible


def test_the_methods_known_to_the_store_are_those_there_are():
    assert set(session_models.METHODS) == set(METHODS)


def test_every_field_of_the_preferences_is_known():
    settings = {"preferences": vars(Preferences())}
    assert is_of_form("workspaces", "settings", settings)


@pytest.mark.parametrize("name", LIMITS)
def test_a_threshold_is_accepted_as_far_as_its_slider_goes(name):
    lowest, highest = (percent / 100 for percent in LIMITS[name])

    def accepted(value):
        return is_of_form("workspaces", "settings", {"preferences": {name: value}})

    assert all(map(accepted, (lowest, (lowest + highest) / 2, highest)))
    assert not any(map(accepted, (lowest - 0.005, highest + 0.005, -1e300, 1e300, None, True)))


@pytest.mark.parametrize("reason", [*Abstention, None])
def test_every_reason_to_name_nothing_is_known(reason, examples):
    content = {**prediction(adaptation_record(examples)), "abstention": reason and reason.value}
    assert is_of_form("results", "prediction", content)


@pytest.mark.parametrize("rule", RULES)
def test_every_sentence_of_a_refusal_is_accepted(rule):
    numbers = {"limit": 5, "found": 5, "uid": "1.2.840.10008.1.2.4.100", "photometric": "HSV"}
    for code in codes("en")["object"] | codes("en")["tag"] | codes("en")["encoding"]:
        words = {name: code for name in ("object", "tag", "encoding") if code in codes("en")[name]}
        facts = {"object": "plan", "tag": "rows", "encoding": "video"} | words | numbers
        assert is_of_form("refusals", "rule", rule)
        assert is_of_form("refusals", "message", refusal_message(rule, facts))
        assert is_of_form("refusals", "facts", facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"found": "Doe^Jane"},
        {"object": "Doe Jane"},
        {"uid": "1.2 Doe"},
        {"found": [1]},
        {"found": True},
        {"found": None},
        {"Doe Jane": 1},
        {f"n{k}": k for k in range(9)},
        [],
        "x",
    ],
)
def test_facts_of_a_refusal_are_numbers_and_known_codes(facts):
    assert not is_of_form("refusals", "facts", facts)


@pytest.mark.parametrize(
    "message", ["![](http://x)", "[a](b)", "<b>", "$x$", "`x`", "*x*", "_x_ https://x?y", "a\nb"]
)
def test_no_sentence_of_a_refusal_is_markdown(message):
    assert not is_of_form("refusals", "message", message)


def changed(content, path, value):
    """A copy of nested JSON with another value at a path."""
    altered = copy.deepcopy(content)
    inside = altered
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return altered


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["coverage"], "high"),
        (["coverage"], 1.5),
        (["coverage"], None),
        (["typicality"], -0.1),
        (["typicality"], True),
        (["abstention"], "tired"),
        (["probabilities", 0], float("nan")),
        (["probabilities", 0], "0.5"),
        (["probabilities"], {}),
        (["intervals", 0], [0.1]),
        (["intervals", 0], [0.1, 2]),
        (["conformal_set"], "all"),
        (["conditions", 0], "a\nb"),
        (["conditions", 0], "x" * 200),
        (["similar_cases", 0, "index"], -1),
        (["similar_cases", 0, "index"], 0.5),
        (["similar_cases", 0, "similarity"], 7),
        (["similar_cases", 0, "further"], 1),
        (["heat_map", "peak"], float("inf")),
        (["heat_map"], []),
        (["n_judged"], 1.5),
        (["own_examples"], []),
        (["own_examples"], {"relation": "same-file"}),
        (["own_examples"], {"relation": "![](http://x)", "positions": [0]}),
        (["own_examples"], {"relation": "same-file", "positions": []}),
        (["own_examples"], {"relation": "same-file", "positions": [-1]}),
        (["own_examples"], {"relation": "same-file", "positions": [True]}),
        (["own_examples"], {"relation": "same-file", "positions": [0], "further": 1}),
        (["p_values"], [2]),
        (["further"], 1),
    ],
)
def test_a_prediction_of_another_form_is_none(examples, path, value):
    content = prediction(adaptation_record(examples))
    assert is_of_form("results", "prediction", content)
    assert not is_of_form("results", "prediction", changed(content, path, value))


@pytest.mark.parametrize(
    ("table", "path", "value"),
    [
        ("adaptations", ["method"], "![](http://x)"),
        ("adaptations", ["method"], "automatic"),
        ("adaptations", ["backbone"], "![](http://x)"),
        ("adaptations", ["backbone"], "x" * 100),
        ("adaptations", ["settings", "steps"], "![](http://x)"),
        ("adaptations", ["settings", "Steps!"], 5),
        ("adaptations", ["settings"], {f"x{i}": 1 for i in range(100)}),
        ("adaptations", ["seconds"], -1),
        ("adaptations", ["figures", "patients"], ["Jane"] * 6),
        ("adaptations", ["figures", "backbone_sha256"], "0x0"),
        ("adaptations", ["figures", "cross_validation", "n_folds"], -1),
        ("adaptations", ["figures", "further"], 1),
        ("adaptations", ["created"], "0001-01-01T00:00:00.000000+00:00"),
        ("adaptations", ["created"], "9999-12-31T23:59:59.999999+00:00"),
        ("images", ["notes"], ["![](http://x)"]),
        ("images", ["notes"], ["unknown-note"]),
        ("images", ["exclusion_reason"], "x" * 20_000),
        ("refusals", ["rule"], "unknown"),
        ("refusals", ["message"], "![](http://x)"),
        ("verdicts", ["comment"], "x" * 20_000),
        ("audit", ["kind"], "<b>"),
        ("audit", ["detail"], {"x": [[[[[[[1]]]]]]]}),
        ("audit", ["rows"], {"x": "y"}),
        ("audit", ["salt"], "xyz"),
    ],
)
def test_a_row_of_another_form_is_refused(other_store, sealed, table, path, value):
    manifest, blobs = unpacked(sealed)
    manifest[table][0] = changed(manifest[table][0], path, value)
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, packed(manifest, blobs))
    assert caught.value.rule == "field-type"
    assert not isinstance(value, str) or value not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "path", "value"),
    [
        ("adaptations", ["labels", 0], "another"),
        ("adaptations", ["image_ids", 0], "../../etc/passwd"),
        ("adaptations", ["figures", "patients"], []),
        ("adaptations", ["figures", "cross_validation", "labels", 0], 99),
        ("adaptations", ["figures", "cross_validation", "conditions", 0], "another"),
        ("adaptations", ["figures", "cross_validation", "probabilities", 1], [0.5, 0.1, 0.1]),
        ("adaptations", ["figures", "cross_validation", "probabilities", 1], [1.0]),
        ("adaptations", ["figures", "cross_validation", "n_folds"], 99),
        ("results", ["prediction", "conditions", 0], "another"),
        ("results", ["prediction", "probabilities", 0], 0.1),
        ("results", ["prediction", "intervals"], [[0.0, 1.0]]),
        ("results", ["prediction", "intervals", 0], [0.9, 0.1]),
        ("results", ["prediction", "conformal_set"], ["another"]),
        ("results", ["prediction", "similar_cases", 0, "index"], 99),
        ("results", ["prediction", "similar_cases", 0, "condition"], "another"),
        ("results", ["prediction", "heat_map", "condition"], "another"),
        ("results", ["prediction", "heat_map"], None),
        ("results", ["prediction", "p_values"], [0.5]),
        ("results", ["prediction", "own_examples"], {"relation": "same-file", "positions": [99]}),
    ],
)
def test_rows_that_contradict_each_other_are_refused(other_store, sealed, table, path, value):
    manifest, blobs = unpacked(sealed)
    manifest[table][0] = changed(manifest[table][0], path, value)
    with pytest.raises(SessionFileError) as caught:
        read_session_file(other_store, packed(manifest, blobs))
    assert caught.value.rule == "references"


@pytest.mark.parametrize(
    "fields",
    [
        {"pixels": np.full((1, 2, 2), np.nan, np.float32)},
        {"pixels": np.full((1, 2, 2), 2, np.float32)},
        {"values": np.full((2, 2), np.inf, np.float32)},
        {"spacing_mm": (0.0, 1.0)},
        {"spacing_mm": (float("nan"), 1.0)},
        {"notes": ("unknown",)},
        {"units": "![](http://x/y.png)"},
    ],
)
def test_a_picture_with_numbers_or_words_that_none_has_is_not_plausible(fields):
    plain = {"pixels": np.zeros((1, 2, 2), np.float32), "modality": "OT", "source_digest": "0" * 64}
    assert is_accepted(MedicalImage(**plain))
    assert not is_accepted(MedicalImage(**{**plain, **fields}))


def is_accepted(image: MedicalImage) -> bool:
    with Guard() as guard:
        try:
            return is_plausible(inspect_stored(guard, encode_image(image)))
        except UnreadableImageError:
            return False


def test_free_texts_come_back_without_what_no_page_could_show(store, other_store, sealed):
    manifest, blobs = unpacked(sealed)
    manifest["images"][0]["exclusion_reason"] = "blurred\x00\x1b[31m\nred"
    manifest["verdicts"][1]["comment"] = "one\ntwo\x00"
    copy = read_session_file(other_store, packed(manifest, blobs))
    assert other_store.images(copy.id)[0].exclusion_reason == "blurred  [31m red"
    assert other_store.verdicts(copy.id)[1].comment == "one\ntwo "


def test_a_workspace_with_odd_names_can_be_saved_and_opened(store, other_store, desk, new_image):
    odd = new_image(1, condition="a")
    object.__setattr__(odd, "name", "Doe\nJane\x07\udcff" + "x" * 900)
    store.add_images(desk, [odd])
    copy = read_session_file(other_store, write_session_file(store, desk, with_names=True))
    [image] = other_store.images(copy.id)
    assert image.name.startswith("Doe Jane ")
    assert len(image.name) == 400
