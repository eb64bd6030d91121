"""What an adaptation from Python answers, explains and reports."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from PIL import Image

import medmeta_core as mm
from medmeta_core.analysis import adapt as adapt_core
from medmeta_core.analysis import analyse
from medmeta_core.errors import HyperParameterError, MedMetaError
from medmeta_core.methods.ridge import Ridge

BACKBONE = tiny.backbone()
QUERY = tiny.stripes(1, 5, seed=9)[0]


@pytest.fixture(scope="module")
def adaptation() -> mm.AdaptedClassifier:
    return mm.adapt(tiny.support((5, 5)), "ridge", BACKBONE)


def test_it_answers_as_the_dashboard_and_the_command_line(adaptation: mm.AdaptedClassifier) -> None:
    image, core = mm.read_image(QUERY), adapt_core(tiny.support((5, 5)), method=Ridge(BACKBONE))
    expected = analyse(image, core)
    assert adaptation.predict(QUERY) == [expected.prediction]
    explained = adaptation.explain(QUERY)
    assert explained.prediction.similar_cases == expected.prediction.similar_cases
    assert explained.explanation is not None and expected.explanation is not None
    assert np.array_equal(explained.explanation.heat_map, expected.explanation.heat_map)


def test_the_heat_map_speaks_for_the_condition_asked_for(adaptation: mm.AdaptedClassifier) -> None:
    explained = adaptation.explain(QUERY, condition="condition 1").explanation
    assert explained is not None and explained.condition == "condition 1"
    with pytest.raises(MedMetaError) as caught:
        adaptation.explain(QUERY, condition="cold")
    assert caught.value.rule == "label-unknown"


def test_hyper_parameters_are_taken_and_checked() -> None:
    made = mm.adapt(tiny.support((3, 3)), "ridge", BACKBONE, penalty=0.5)
    assert made.settings["penalty"] == 0.5
    for wrong in ({"penalty": -1.0}, {"no_such": 1.0}):
        with pytest.raises(HyperParameterError):
            mm.adapt(tiny.support((3, 3)), "ridge", BACKBONE, **wrong)


@pytest.mark.parametrize("given", [None, "a folder", np.zeros((4, 3, 8, 8))])
def test_what_is_no_support_set_is_refused(given: Any) -> None:
    with pytest.raises(MedMetaError, match=f"found {type(given).__name__};") as caught:
        mm.adapt(given, "ridge", BACKBONE)
    assert caught.value.rule == "support-type"


@pytest.mark.parametrize("given", [None, 3])
def test_what_is_no_method_is_refused(given: Any) -> None:
    with pytest.raises(MedMetaError, match=f"found {type(given).__name__}.") as caught:
        mm.adapt(tiny.support((3, 3)), given)
    assert caught.value.rule == "method-type"


@pytest.mark.parametrize("given", [None, 3, Image.new("L", (8, 8))])
def test_what_is_no_image_is_refused(adaptation: mm.AdaptedClassifier, given: Any) -> None:
    with pytest.raises(MedMetaError, match=f"found {type(given).__name__}.") as caught:
        adaptation.predict(given)
    assert caught.value.rule == "image-type"


def test_a_report_in_an_unknown_language_is_refused(adaptation: mm.AdaptedClassifier) -> None:
    with pytest.raises(MedMetaError, match="'xx'; available: en") as caught:
        adaptation.report([QUERY], language="xx")
    assert caught.value.rule == "unknown-language"


def test_a_stricter_rule_names_fewer_conditions(adaptation: mm.AdaptedClassifier) -> None:
    noise = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    (prediction,) = adaptation.predict(noise, rule=mm.AbstentionRule(min_typicality=1.0))
    assert prediction.abstention == "none-of-these"


@pytest.mark.parametrize("ending", [".pdf", ".html", ".csv", ".json"])
def test_a_report_is_written_by_its_ending(
    ending: str, adaptation: mm.AdaptedClassifier, tmp_path: Path
) -> None:
    path = tmp_path / f"report{ending}"
    made = adaptation.report([QUERY, QUERY.flip(0)], path, title="Stripes", operator="R")
    assert [case.alias for case in made.cases] == ["C1", "C2"]
    assert made.cases[0].prediction == adaptation.predict(QUERY)[0]
    content = path.read_bytes()
    assert content.startswith({".pdf": b"%PDF", ".html": b"<!"}.get(ending, content[:1]))
    if ending == ".json":
        assert len(json.loads(content)["cases"]) == 2


def test_a_report_classifies_no_example_by_itself(adaptation: mm.AdaptedClassifier) -> None:
    example = tiny.support((5, 5)).pixels[6]
    (case,) = adaptation.report(example).cases
    assert case.match is not None and case.match.left_out == ("E7",)
    assert all(similar.alias != "E7" for similar in case.similar)
    assert case.similar[0].thumbnail.startswith(b"RIFF")


def test_a_report_of_a_loaded_adaptation_shows_no_examples(
    adaptation: mm.AdaptedClassifier, tmp_path: Path
) -> None:
    adaptation.save(tmp_path / "a.medmeta")
    loaded = mm.load(tmp_path / "a.medmeta", backbone=BACKBONE)
    (case,) = loaded.report(QUERY).cases
    assert case.similar == ()
    assert case.prediction == adaptation.report(QUERY).cases[0].prediction


@pytest.mark.parametrize("name", ["report.docx", "report"])
def test_an_unknown_ending_is_refused(name: str, adaptation: mm.AdaptedClassifier) -> None:
    with pytest.raises(MedMetaError) as caught:
        adaptation.report(QUERY, name)
    assert caught.value.rule == "output-format"


def test_a_folder_that_is_not_there_is_told(
    adaptation: mm.AdaptedClassifier, tmp_path: Path
) -> None:
    for write in (adaptation.save, lambda path: adaptation.report(QUERY, path)):
        with pytest.raises(MedMetaError, match="cannot be written"):
            write(tmp_path / "no-such" / "report.html")
    with pytest.raises(MedMetaError) as caught:
        mm.load(tmp_path / "no-such.medmeta")
    assert caught.value.rule == "no-file"


HOSTILE = "<script>alert(1)</script> & \"'<img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """The tags and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.text = set[str](), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def of_hostile_names() -> list[Any]:
    """Every value with a table for notebooks, its conditions and titles hostile."""
    plain = tiny.support((4, 4))
    names = (HOSTILE, "<b>" * 500)
    made = mm.adapt(mm.SupportSet(plain.pixels, plain.labels, names), "ridge", BACKBONE)
    report = made.report([QUERY], title=HOSTILE)
    return [made, *made.predict(QUERY), made.explain(QUERY), report]


def test_tables_for_notebooks_show_hostile_names_as_text() -> None:
    for value in of_hostile_names():
        shown = Tags(value._repr_html_())
        assert shown.tags <= {"table", "caption", "tr", "th", "td"}, type(value)
        assert HOSTILE in shown.text, type(value)


def test_the_repr_of_every_public_type_is_short() -> None:
    image = mm.read_image(QUERY)
    analysis = mm.adapt(tiny.support((2, 2)), "ridge", BACKBONE).explain(QUERY)
    values = [
        *of_hostile_names(),
        *(image, analysis, analysis.explanation, BACKBONE, mm.AbstentionRule()),
        *(tiny.support((40, 40)), mm.FewShotClassifier("ridge", BACKBONE)),
        *(MedMetaError("no-store", place="p"), adapt_core(tiny.support((2, 2)), method="ridge")),
    ]
    public = {getattr(mm, name) for name in mm.__all__ if isinstance(getattr(mm, name), type)}
    assert public <= {type(value) for value in values}
    for value in values:
        text = repr(value)
        assert len(text) <= 200, text
        assert "tensor" not in text and "array" not in text
        assert re.match(rf"{type(value).__name__}\(", text)
