"""What a child can be asked: the only code that sees bytes from outside."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import numpy as np

from medmeta_core.imaging.archive import unpack_zip
from medmeta_core.imaging.decoding import decode_frames
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.guard import wire


def read(content: BinaryIO, options: wire.Header) -> Iterator[wire.Answer]:
    """The frames of a picture: "frames" is "middle", "all" or the number of one."""
    for frame in decode_frames(content, options["frames"]):
        yield _answer(frame)


def _answer(frame: DecodedFrame) -> wire.Answer:
    planes = {"values": frame.values, "levels": frame.levels}
    there = {k: np.ascontiguousarray(v) for k, v in planes.items() if v is not None}
    header = {
        "description": frame.description.to_json(),
        "patient": frame.patient,
        "planes": [[name, plane.dtype.str, plane.shape] for name, plane in there.items()],
    }
    return header, tuple(plane.reshape(-1).view(np.uint8).data for plane in there.values())


def unpack(content: BinaryIO, options: wire.Header) -> Iterator[wire.Answer]:  # noqa: ARG001
    """The files of a zip, piece by piece."""
    for piece in unpack_zip(content):
        header = {"path": piece.path, "position": piece.position, "rule": piece.rule}
        yield header, (memoryview(piece.content),)


VERBS: Mapping[str, wire.Verb] = {"read": read, "unpack": unpack}
