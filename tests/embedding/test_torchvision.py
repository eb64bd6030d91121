import hashlib
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from published_weights import pickled, random_network, served

from medmeta_core.embedding import fetch_backbone, load_backbone, own_names
from medmeta_core.embedding.files.torchvision import PUBLISHED
from medmeta_core.errors import BackboneError, Stopped

NAME = "torchvision-mobilenet-v3-large"
PIXELS = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def weights() -> bytes:
    return pickled(random_network("mobilenet_v3_large").state_dict())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> "Offer":
    return Offer(monkeypatch)


class Offer:
    """The offer under NAME, moved to another address."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def at(self, address: str, content: bytes = b"") -> None:
        """Published there is `content`."""
        digest = hashlib.sha256(content).hexdigest()
        moved = replace(PUBLISHED[NAME], url=f"{address}/weights.pth", sha256=digest)
        self._patch.setitem(PUBLISHED, NAME, moved)


def rule_of(name: str = NAME) -> str:
    with pytest.raises(BackboneError) as refused:
        fetch_backbone(name)
    assert own_names() == ()
    return refused.value.rule


def test_fetched_weights_are_kept_and_embed_as_any_backbone(weights: bytes, offer: Offer) -> None:
    fractions: list[float] = []
    with served(weights) as address:
        offer.at(address, weights)
        card = fetch_backbone(NAME, lambda done, _: fractions.append(done))
    assert own_names() == (NAME,)
    assert card == load_backbone(NAME).card
    assert card.facts["origin"].startswith("http://127.0.0.1")
    assert "ImageNet" in card.facts["licence"]
    assert fractions == sorted(fractions)
    assert len(fractions) > 10
    embedded = load_backbone(NAME).network(PIXELS)  # the server is gone
    assert embedded.shape == (2, 960)
    torch.testing.assert_close(embedded.norm(dim=-1), torch.ones(2))


def test_another_digest_than_the_published_one_is_refused(weights: bytes, offer: Offer) -> None:
    with served(weights[:-1] + b"?") as address:
        offer.at(address, weights)
        assert rule_of() == "fetch-altered"


class Hostile:
    """What a pickle may hold: a call at the moment it is read."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> object:
        return os.mkdir, (str(self._mark),)


def test_a_pickle_with_code_is_never_run(offer: Offer, tmp_path: Path) -> None:
    content = pickled({"conv1.weight": Hostile(tmp_path / "ran")})
    with served(content) as address:
        offer.at(address, content)
        assert rule_of() == "fetch-no-weights"
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_network_are_refused(offer: Offer) -> None:
    content = pickled({"conv1.weight": torch.zeros(64, 3, 7, 7)})
    with served(content) as address:
        offer.at(address, content)
        assert rule_of() == "tensors-missing"


def test_offline_is_reported_and_nothing_is_kept(offer: Offer) -> None:
    """A name that no resolver knows (RFC 6761): as a machine without a network answers."""
    offer.at("https://download.invalid")
    assert rule_of() == "fetch-offline"


def test_a_server_that_does_not_listen_is_reported(offer: Offer) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    offer.at(f"http://127.0.0.1:{port}")
    assert rule_of() == "fetch-offline"


def test_a_refusal_of_the_server_is_reported(offer: Offer) -> None:
    with served(b"gone", status=404) as address:
        offer.at(address)
        assert rule_of() == "fetch-refused"


def test_a_connection_that_breaks_off_is_reported(weights: bytes, offer: Offer) -> None:
    with served(weights[:1000], announced=len(weights)) as address:
        offer.at(address, weights)
        assert rule_of() == "fetch-broken"


def test_more_than_was_announced_is_not_taken(
    offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(bytes(2**22)) as address:
        offer.at(address)
        monkeypatch.setitem(PUBLISHED, NAME, replace(PUBLISHED[NAME], megabytes=1))
        assert rule_of() == "fetch-too-large"


def test_a_stop_leaves_nothing(weights: bytes, offer: Offer) -> None:
    def stop(done: float, _: str) -> None:
        if done > 0.3:
            raise Stopped

    with served(weights) as address:
        offer.at(address, weights)
        with pytest.raises(Stopped):
            fetch_backbone(NAME, stop)
    assert own_names() == ()


def test_only_what_is_on_offer_is_fetched() -> None:
    assert rule_of("https://example.org/weights.pth") == "not-published"


@pytest.mark.parametrize("name", PUBLISHED)
def test_each_offer_states_its_digest_and_comes_by_https(name: str) -> None:
    """torchvision states the first eight digits of each file's sha256 in its name."""
    offer = PUBLISHED[name]
    assert offer.url.startswith("https://download.pytorch.org/")
    assert re.fullmatch("[0-9a-f]{64}", offer.sha256)
    assert offer.url.endswith(f"-{offer.sha256[:8]}.pth")


def test_a_file_that_shares_the_beginning_of_the_digest_is_refused(
    weights: bytes, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an attacker can make one for eight digits within hours."""
    with served(weights) as address:
        offer.at(address, weights)
        stated = PUBLISHED[NAME].sha256
        other = stated[:8] + stated[8:][::-1]
        monkeypatch.setitem(PUBLISHED, NAME, replace(PUBLISHED[NAME], sha256=other))
        assert rule_of() == "fetch-altered"
