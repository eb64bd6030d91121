import csv
import io
import sys
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from taught import adapt_to_examples, add_cases, add_examples, keys_of, page_text, run_until_done

from dashboard.explore.embedding_space import figure_of
from dashboard.explore.map_table import as_csv
from dashboard.shared.condition_marks import marks_of
from dashboard.state import View
from dashboard.web.embedding_map import legend_of
from medmeta_core.casework import EmbeddingMap, map_job
from medmeta_core.workspace import AdaptationRecord, Store, Workspace

OpenPage = Callable[..., AppTest]


def map_of(job_of: Callable[[], object]) -> EmbeddingMap:
    job = job_of()
    assert job.wait(120) and job.state == "done", job.error
    return job.result


def test_without_an_adaptation_the_page_leads_to_adapt(
    open_page: OpenPage, workspace: Workspace
) -> None:
    assert "go-to-adapt" in keys_of(open_page("explore", w=workspace.id))


@pytest.mark.parametrize("kind", ["pca", "tsne", "pca-3d"])
def test_new_cases_stand_on_the_same_map_as_the_examples(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage, kind: str
) -> None:
    add_cases(here, workspace, 30, 220)
    page = open_page("explore", w=workspace.id)
    page.segmented_control(key="projection").set_value(kind).run()
    run_until_done(page)
    assert "All 10 images on the map" in page_text(page)


def test_where_umap_is_not_installed_it_is_not_offered_and_the_page_says_so(
    workspace: Workspace,
    record: AdaptationRecord,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_umap = open_page("explore", w=workspace.id)
    assert "UMAP" in with_umap.segmented_control(key="projection").options
    assert "UMAP is not installed" not in page_text(with_umap)
    monkeypatch.setitem(sys.modules, "umap", None)  # to Python: there is no such package
    without = open_page("explore", w=workspace.id)
    assert without.segmented_control(key="projection").options == ["PCA", "t-SNE", "3-D"]
    assert "UMAP is not installed here" in page_text(without)


def test_a_case_does_not_move_the_examples(
    here: Store, workspace: Workspace, record: AdaptationRecord
) -> None:
    alone = map_of(lambda: map_job(here, record, kind="pca", cases=[]))
    cases = add_cases(here, workspace, 128)
    together = map_of(lambda: map_job(here, record, kind="pca", cases=cases))
    assert {i: together.places[i] for i in alone.places} == alone.places


def test_a_bright_case_stands_nearest_to_a_bright_example(
    here: Store, workspace: Workspace, record: AdaptationRecord
) -> None:
    (case,) = add_cases(here, workspace, 213)
    embedded = map_of(lambda: map_job(here, record, kind="pca", cases=[case]))
    nearest = embedded.neighbours[case.id][0]
    assert here.image(nearest.image_id).condition == "bright"


def test_an_example_is_not_its_own_neighbour(
    here: Store, workspace: Workspace, record: AdaptationRecord
) -> None:
    embedded = map_of(lambda: map_job(here, record, kind="pca", cases=[]))
    for image_id, neighbours in embedded.neighbours.items():
        assert image_id not in [neighbour.image_id for neighbour in neighbours]


def test_a_lasso_opens_its_images(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    page = run_until_done(open_page("explore", w=workspace.id))
    page.session_state[f"inside-{record.id}-pca"] = record.image_ids[:2]
    page.run()
    assert "2 images inside your selection" in page_text(page)


def test_a_marked_image_shows_what_resembles_it(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    page = run_until_done(open_page("explore", w=workspace.id))
    chosen = here.image(record.image_ids[0])
    page.session_state["view"] = View(selected=(chosen.id,), selection_version=1)
    page.run()
    assert f"Most similar to {chosen.alias}" in page_text(page)


def test_the_saved_table_names_no_file(
    here: Store, workspace: Workspace, record: AdaptationRecord
) -> None:
    (case,) = add_cases(here, workspace, 30)
    embedded = map_of(lambda: map_job(here, record, kind="pca", cases=[case]))
    images = [*map(here.image, record.image_ids[:1]), case]
    content = as_csv(embedded, images).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [(row["alias"], row["role"]) for row in rows] == [("E5", "example"), ("C1", "case")]
    assert "Smith" not in content


def test_in_three_dimensions_colour_symbol_and_words_are_those_of_the_map(
    here: Store, workspace: Workspace, record: AdaptationRecord
) -> None:
    cases = add_cases(here, workspace, 30)
    embedded = map_of(lambda: map_job(here, record, kind="pca-3d", cases=cases))
    images = [*map(here.image, record.image_ids), *cases]
    legend = legend_of(images, marks_of(workspace.id))
    figure = figure_of(embedded, images, legend)
    assert [trace.name for trace in figure.data] == ["bright", "dark", "New case"]
    for trace, mark in zip(figure.data, legend.values(), strict=True):
        assert (trace.textfont.color, set(trace.text)) == (mark.colour, {mark.symbol})
    assert [len(trace.x) for trace in figure.data] == [4, 4, 1]
    assert figure.data[2].hovertext == ("C1 · New case",)


def test_the_third_dimension_tells_what_it_explains_and_is_saved(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    page = open_page("explore", w=workspace.id)
    page.segmented_control(key="projection").set_value("pca-3d").run()
    run_until_done(page)
    embedded = map_of(lambda: map_job(here, record, kind="pca-3d", cases=[]))
    assert f"explain {100 * sum(embedded.explained):.0f} % of" in page_text(page)
    content = as_csv(embedded, [here.image(record.image_ids[0])]).decode("utf-8-sig")
    assert content.splitlines()[0].endswith("map,x,y,z")


def test_a_condition_s_name_is_no_markup_in_the_figure(here: Store) -> None:
    workspace = here.create_workspace("Markup")
    add_examples(here, workspace, kinds={"<b>dark</b>": 40, "bright": 215})
    record = adapt_to_examples(here, workspace)
    images = [*map(here.image, record.image_ids)]
    embedded = map_of(lambda: map_job(here, record, kind="pca-3d", cases=[]))
    figure = figure_of(embedded, images, legend_of(images, marks_of(workspace.id)))
    assert "&lt;b&gt;dark" in figure.data[0].hovertext[0]


def test_what_is_picked_here_is_marked_on_examples_only_if_requested(
    here: Store, workspace: Workspace, record: AdaptationRecord, open_page: OpenPage
) -> None:
    page = open_page("examples", w=workspace.id)
    marked, *others = record.image_ids
    page.session_state["view"] = View(selected=(marked,), selection_version=1, page="examples")
    page.run()
    page = run_until_done(page.switch_page("explore/explore.py").run())
    assert page.session_state["view"].selected == ()
    looked_at = View(
        selected=tuple(others[:2]),
        selection_version=5,
        page="explore",
        elsewhere=page.session_state["view"].elsewhere,
    )
    page.session_state["view"] = looked_at
    page.run()
    page.switch_page("examples/examples.py").run()
    assert page.session_state["view"].selected == (marked,)
    page = run_until_done(page.switch_page("explore/explore.py").run())
    assert page.session_state["view"].selected == tuple(others[:2])
    page.button(key="mark-on-examples").click().run()
    assert set(page.session_state["view"].selected) == set(others[:2])
