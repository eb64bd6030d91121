"""The pixels of a file: which frames there are, and the stored values of each."""

from dataclasses import dataclass, replace

from medmeta_core.imaging.formats.dicom.compressed import GUESSED, read_compressed
from medmeta_core.imaging.formats.dicom.encapsulation import Frames, locate_frames
from medmeta_core.imaging.formats.dicom.file import DicomFile
from medmeta_core.imaging.formats.dicom.layout import NOT_CONFORMING, Layout, read_layout
from medmeta_core.imaging.formats.dicom.native import NATIVE, fitted, read_native
from medmeta_core.imaging.formats.dicom.stored import Stored
from medmeta_core.imaging.formats.dicom.tags import Tags
from medmeta_core.imaging.refusals import Refused


@dataclass(frozen=True, eq=False)
class Pixels:
    """The pixels of a file.

    Attributes:
        layout: with the number of frames that there are.
        frames: where each frame's code lies; None where the pixels are not compressed.
    """

    file: DicomFile
    layout: Layout
    frames: Frames | None

    @property
    def n_frames(self) -> int:
        return self.layout.n_frames or 1

    def stored(self, number: int) -> Stored:
        """The stored values of frame `number`.

        Raises:
            Refused: they are cut short, contradict the attributes or cannot be decoded.
        """
        layout, file = self.layout, self.file
        if self.frames is None:
            stored = self._native(number)
            stored = stored if file.syntax in NATIVE else stored.noted(GUESSED)
        else:
            code = self.frames.code(file.content, number)
            stored = read_compressed(code, file.syntax, layout=layout)
        colours = () if layout.samples == 1 else (3,)
        if stored.samples.shape != (layout.rows, layout.columns, *colours):
            raise Refused("contradictory-tags", tag="rows-and-columns")
        for note in layout.notes:
            stored = stored.noted(note)
        return stored

    def _native(self, number: int) -> Stored:
        file = self.file
        file.content.seek(file.pixels.start)
        return read_native(
            file.content,
            self.layout,
            number=number,
            pixel_keyword=file.pixels.keyword,
            pixel_vr=file.pixels.representation or "OW",
            is_little_endian=file.is_little_endian,
        )


def open_pixels(file: DicomFile) -> Pixels:
    """The pixels of a file, checked, none of them decoded.

    Raises:
        Refused: an attribute is missing or senseless, or does not fit the bytes that are there.
    """
    tags = Tags(file.dataset)
    layout = read_layout(tags, file.pixels.keyword)
    if file.pixels.n_bytes is not None:
        return Pixels(file, fitted(layout, file), None)
    frames = locate_frames(file.content, file.pixels.start, tags=tags, n_frames=layout.n_frames)
    if layout.n_frames is None:
        n_frames = len(frames.groups)
        layout = replace(layout, n_frames=n_frames)
        layout = layout.noted(NOT_CONFORMING) if n_frames > 1 else layout
    return Pixels(file, layout.noted(NOT_CONFORMING) if frames.is_departing else layout, frames)
