"""Uploads while they come in: each onto the disk at its own pace, so that none waits for another.

Streamlit holds a file whole in memory while it reads it, so it is given one at a time, and only
once all of it has come: from the disk it takes a moment, from a slow sender it may take for ever.
"""

import asyncio
from typing import BinaryIO

from starlette.types import Message, Receive

from medmeta_core.paths import default_folder
from medmeta_core.private_files import nameless_file

SILENCE_SECONDS = 20.0
"""How long a browser may send nothing of a file before its upload is given up."""

PIECE = 2**20


async def arrived(receive: Receive) -> BinaryIO | None:
    """The body of a request in an open file, at its beginning; None where its sender has left.

    Raises:
        TimeoutError: nothing came for `SILENCE_SECONDS`.
        OSError: the disk refuses.
    """
    file = nameless_file(default_folder().expanduser())
    try:
        while True:
            message = await asyncio.wait_for(receive(), SILENCE_SECONDS)
            if message["type"] != "http.request":
                file.close()
                return None
            file.write(message.get("body", b""))
            if not message.get("more_body", False):
                file.seek(0)
                return file
    except BaseException:
        file.close()
        raise


def read_again(file: BinaryIO, receive: Receive) -> Receive:
    """The same body as if it came only now; after its end, whatever comes next."""
    is_over = False

    async def receive_piece() -> Message:
        nonlocal is_over
        if is_over:
            return await receive()
        piece = file.read(PIECE)
        is_over = len(piece) < PIECE
        return {"type": "http.request", "body": piece, "more_body": not is_over}

    return receive_piece
