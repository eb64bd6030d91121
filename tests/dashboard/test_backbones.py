"""Choosing, fetching, importing and removing backbones on the pages."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
import tiny
import torch
from published_weights import pickled, random_network, served
from safetensors.torch import save
from streamlit.testing.v1 import AppTest
from taught import add_cases, add_examples, keys_of, page_text, run_until_done

from medmeta_core.casework import Choice, start_adapting
from medmeta_core.casework.adaptation_cache import CACHE
from medmeta_core.embedding import (
    ImportRequest,
    Published,
    import_backbone,
    own_names,
    remove_backbone,
)
from medmeta_core.embedding.files.torchvision import PUBLISHED
from medmeta_core.methods import members
from medmeta_core.workspace import Store, Workspace

OpenPage = Callable[..., AppTest]
NAME = "torchvision-mobilenet-v3-large"


@pytest.fixture
def workspace(here: Store) -> Workspace:
    workspace = here.create_workspace("Rare eyes")
    add_examples(here, workspace)
    return workspace


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return random_network("mobilenet_v3_large").state_dict()


@pytest.fixture
def mine(here: Store) -> str:
    """An imported backbone, by its name: small, so that adapting is quick."""
    state = tiny.backbone().network.state_dict()
    return import_backbone(save(state), ImportRequest("mine", "conv4", 32)).name


def move_offer(patch: pytest.MonkeyPatch, url: str, content: bytes = b"") -> Published:
    """The offer under NAME at another address; it is the only one."""
    offer = replace(PUBLISHED[NAME], url=url, sha256=sha256(content).hexdigest())
    for name in list(PUBLISHED):
        patch.delitem(PUBLISHED, name)
    patch.setitem(PUBLISHED, NAME, offer)
    return offer


def adapt_with(here: Store, workspace: Workspace, backbone: str) -> None:
    job = start_adapting(here, workspace.id, [Choice("prototypical", backbone)])
    assert job.wait(120), job.message
    assert job.state == "done", job.error


def until_shown(page: AppTest) -> AppTest:
    """The page after its jobs have ended, in whatever way."""
    for _ in range(60):
        if not any((button.key or "").startswith("stop-") for button in page.button):
            break
        page.run()
    assert not page.exception
    return page


def test_terms_and_origin_are_shown_before_anything_is_fetched(
    open_page: OpenPage, workspace: Workspace
) -> None:
    sentence = page_text(open_page("adapt", w=workspace.id))
    assert PUBLISHED[NAME].url in sentence
    assert "non-commercial research" in sentence
    assert "no image and nothing about you is sent" in sentence
    assert own_names() == ()


def test_a_click_fetches_and_the_backbone_can_be_chosen(
    open_page: OpenPage,
    workspace: Workspace,
    weights: dict[str, torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = pickled(weights)
    with served(content) as address:
        move_offer(monkeypatch, address, content)
        page = open_page("adapt", w=workspace.id)
        run_until_done(page.button(key="fetch-backbone").click().run())
    assert own_names() == (NAME,)
    assert NAME in page.radio(key="adapt-backbone-automatic").options
    assert f"{NAME} is installed" in page.success[0].value.replace("\\", "")


def test_offline_is_reported_in_plain_words(
    open_page: OpenPage, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_offer(monkeypatch, "https://download.invalid/weights-00000000.pth")
    page = open_page("adapt", w=workspace.id)
    until_shown(page.button(key="fetch-backbone").click().run())
    assert "seems to be offline" in page.error[0].value
    assert own_names() == ()


def test_a_file_is_imported_and_a_bad_one_is_refused_with_its_reason(
    open_page: OpenPage, workspace: Workspace, weights: dict[str, torch.Tensor]
) -> None:
    page = open_page("adapt", w=workspace.id)
    for name, content in (("bad", pickled(weights)), ("mine", save(weights))):
        (area,) = [one for one in page.file_uploader if (one.key or "").startswith("weights-")]
        area.set_value([("weights.bin", content, "application/octet-stream")]).run()
        page.text_input(key="weights-name").set_value(name).run()
        page.selectbox(key="weights-architecture").set_value("mobilenet_v3_large").run()
        until_shown(page.button(key="import-backbone").click().run())
        if name == "bad":
            assert "pickled file" in page.error[0].value
    assert own_names() == ("mine",)
    assert not page.error


def test_an_imported_backbone_serves_the_whole_journey(
    here: Store, open_page: OpenPage, workspace: Workspace, mine: str
) -> None:
    add_cases(here, workspace, 40)
    adapt_with(here, workspace, mine)
    for name in ("adapt", "explore", "classify"):
        run_until_done(open_page(name, w=workspace.id))
    (record,) = here.adaptations(workspace.id)
    assert record.backbone == mine
    assert len(here.results(workspace.id, record.id)) == 1


def test_a_backbone_that_is_gone_leads_back_to_adapt(
    here: Store, open_page: OpenPage, workspace: Workspace, mine: str
) -> None:
    add_cases(here, workspace, 40)
    adapt_with(here, workspace, mine)
    remove_backbone(mine)
    CACHE.clear()  # as after a restart
    page = until_shown(open_page("classify", w=workspace.id))
    assert [error.value for error in page.error] == [
        "The backbone mine of this adaptation is no longer here: import or fetch it again, "
        "or adapt with another one."
    ]
    assert any((key or "").startswith("to-adapt-") for key in keys_of(page))


def test_only_what_is_the_users_own_can_be_removed(
    open_page: OpenPage, workspace: Workspace, mine: str
) -> None:
    page = open_page("about", w=workspace.id)
    assert {key for key in keys_of(page) if (key or "").startswith("remove-")} == {"remove-mine"}
    page.button(key="remove-mine").click().run()
    assert own_names() == ()


def test_automatic_stands_first_and_a_kind_opens_its_methods(
    open_page: OpenPage, workspace: Workspace
) -> None:
    page = open_page("adapt", w=workspace.id)
    assert page.radio(key="adapt-method").options[0] == "Automatic (recommended)"
    page.radio(key="adapt-method").set_value("line").run()
    methods = members("line")
    assert len(page.radio(key="adapt-method-line").options) == len(methods)
