"""The body of an upload: onto the disk as it comes, and the same when it is read again."""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from starlette.types import Message, Receive

from dashboard.server import arriving
from dashboard.server.arriving import PIECE, arrived, read_again

T = TypeVar("T")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDMETA_HOME", str(tmp_path))


def ended(work: Coroutine[Any, Any, T]) -> T:
    """What the work returns, run in a thread: in ours a browser's loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def sender(messages: Sequence[Message]) -> Receive:
    """Hands out these messages, then says nothing more."""
    waiting = list(messages)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    return receive


def piece(content: bytes, *, is_last: bool) -> Message:
    return {"type": "http.request", "body": content, "more_body": not is_last}


@pytest.mark.parametrize("n_bytes", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_body_is_read_again_as_it_came(n_bytes: int) -> None:
    content = os.urandom(n_bytes)
    half = n_bytes // 2
    messages = [piece(content[:half], is_last=False), piece(content[half:], is_last=True)]
    disconnect = {"type": "http.disconnect"}

    async def read() -> tuple[bytes, Message]:
        receive = sender([*messages, disconnect])
        file = await arrived(receive)
        assert file is not None
        again, whole = read_again(file, receive), b""
        while True:
            message = await again()
            assert len(message["body"]) <= PIECE
            whole += message["body"]
            if not message["more_body"]:
                return whole, await again()

    assert ended(read()) == (content, disconnect)


def test_a_sender_that_leaves_leaves_nothing() -> None:
    messages = [piece(b"x", is_last=False), {"type": "http.disconnect"}]
    assert ended(arrived(sender(messages))) is None


def test_a_sender_that_falls_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "SILENCE_SECONDS", 0.05)
    with pytest.raises(TimeoutError):
        ended(arrived(sender([piece(b"x", is_last=False)])))
