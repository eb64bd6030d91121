"""What a child can be asked: the only code that sees bytes from outside."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from medmeta_core.imaging.decoding import decode_frames
from medmeta_core.imaging.frame import DecodedFrame
from medmeta_core.imaging.guard import protocol
from medmeta_core.imaging.guard.tensors import list_tensors, read_tensors
from medmeta_core.imaging.picture_digest import digest_of_levels
from medmeta_core.imaging.reducing import (
    eight_bits,
    frame_size,
    reduce_frame,
    small_levels,
    square_frame,
)
from medmeta_core.imaging.stored_form import decode_frame, encode_frame, require_within
from medmeta_core.imaging.zip_archive import paths_in_zip, unpack_zip

LARGEST_VALUE = 1e12
"""Beyond any modality's values."""


def read(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """The frames of a picture: "frames" is "middle", "all" or the number of one."""
    for frame in decode_frames(content, options["frames"]):
        yield _answer(frame)


def _answer(frame: DecodedFrame) -> protocol.Answer:
    planes = {"values": frame.values, "levels": frame.levels}
    present = {k: np.ascontiguousarray(v) for k, v in planes.items() if v is not None}
    header = {
        "description": frame.description.to_json(),
        "patient": frame.patient,
        "planes": [[name, plane.dtype.str, plane.shape] for name, plane in present.items()],
    }
    return header, tuple(plane.reshape(-1).view(np.uint8).data for plane in present.values())


def store(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """The frames of a picture in the form that a store keeps: "frames" as for `read`.

    "source" is the digest of the bytes. What goes back is small where the picture is large
    but plain; no frame enters the page's process at full resolution.
    """
    for frame in decode_frames(content, options["frames"]):
        yield {"decoded": True}, ()
        stored = encode_frame(frame, source_digest=options["source"])
        small = small_levels(frame, options["thumbnail_side"])
        header = {**_described(frame), "patient": frame.patient, "n_stored": len(stored)}
        yield header | {"thumbnail": small.shape}, (memoryview(stored), _raw(small))


def inspect(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """What a stored form says of itself, and its thumbnail."""
    frame, source = decode_frame(content.read())
    if frame.values is not None:
        require_within(frame.values, -LARGEST_VALUE, LARGEST_VALUE)
    small = small_levels(frame, options["thumbnail_side"])
    header = {**_described(frame), "source": source, "thumbnail": small.shape}
    yield header, (_raw(small),)


def digest(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:  # noqa: ARG001
    """The digest of what a stored form shows (`picture_digest`)."""
    frame, _ = decode_frame(content.read())
    yield {"digest": digest_of_levels(eight_bits(frame))}, ()


def reduce(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """A stored form as a frame whose longer side is at most "max_side"."""
    frame, source = decode_frame(content.read())
    header, arrays = _answer(reduce_frame(frame, options["max_side"]))
    yield header | {"source": source}, arrays


def square(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:
    """A stored form as the square (1 or 3, "side", "side") float32 that a network sees."""
    frame, _ = decode_frame(content.read())
    pixels = square_frame(frame, options["side"])
    yield {"shape": pixels.shape}, (_raw(pixels),)


def _described(frame: DecodedFrame) -> protocol.Header:
    height, width = frame_size(frame)
    return {"description": frame.description.to_json(), "height": height, "width": width}


def _raw(plane: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(plane).reshape(-1).view(np.uint8).data


def unpack(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:  # noqa: ARG001
    """The files of a zip, piece by piece."""
    for piece in unpack_zip(content):
        header = {"path": piece.path, "position": piece.position, "rule": piece.rule}
        yield header, (memoryview(piece.content),)


def list_files(content: BinaryIO, options: protocol.Header) -> Iterator[protocol.Answer]:  # noqa: ARG001
    """The paths of the files of a zip."""
    for path in paths_in_zip(content):
        yield {"path": path}, ()


VERBS: Mapping[str, protocol.Verb] = {
    "read": read,
    "store": store,
    "inspect": inspect,
    "digest": digest,
    "reduce": reduce,
    "square": square,
    "unpack": unpack,
    "list": list_files,
    "list-tensors": list_tensors,
    "read-tensors": read_tensors,
}
