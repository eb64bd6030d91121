"""`Description`: what is known of a frame besides its pixels, in a form that survives JSON."""

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from medmeta_core.imaging.image import MedicalImage, Window


@dataclass(frozen=True)
class Description:
    """The fields that a decoded frame, a stored image and a `MedicalImage` share."""

    modality: str = "OT"
    spacing_mm: tuple[float, float] | None = None
    window: Window | None = None
    units: str = ""
    inverted: bool = False
    frame: int = 0
    n_frames: int = 1
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, image: MedicalImage) -> "Description":
        """What an image says besides its pixels."""
        return cls(**{field.name: getattr(image, field.name) for field in fields(cls)})

    def with_window(self, window: Window) -> "Description":
        """The same, seen through `window`."""
        return replace(self, window=window)

    def with_note(self, note: str) -> "Description":
        """The same with one more note, each once."""
        return self if note in self.notes else replace(self, notes=(*self.notes, note))

    def as_fields(self) -> dict[str, Any]:
        """The same fields by name, for a `MedicalImage`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and texts."""
        return {
            "modality": self.modality,
            "spacing_mm": None if self.spacing_mm is None else list(self.spacing_mm),
            "window": None if self.window is None else [self.window.centre, self.window.width],
            "units": self.units,
            "inverted": self.inverted,
            "frame": self.frame,
            "n_frames": self.n_frames,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Description":
        """What `to_json` wrote; each field is checked, for the writer may be compromised.

        Raises:
            ValueError, TypeError, KeyError: it was not written by `to_json`.
        """
        window = _pair(found["window"])
        return cls(
            modality=_text(found["modality"]),
            spacing_mm=_pair(found["spacing_mm"]),
            window=None if window is None else Window(*window),
            units=_text(found["units"]),
            inverted=found["inverted"] is True,
            frame=_count(found["frame"]),
            n_frames=_count(found["n_frames"]),
            notes=tuple(_text(note) for note in found["notes"][:32]),
        )


def _text(found: object) -> str:
    if not isinstance(found, str) or len(found) > 64:
        raise ValueError("expected a short text")
    return found


def _count(found: object) -> int:
    if not isinstance(found, int) or not 0 <= found < 2**31:
        raise ValueError("expected a count")
    return found


def _pair(found: Any) -> tuple[float, float] | None:
    if found is None:
        return None
    first, second = (float(number) for number in found)
    if not (math.isfinite(first) and math.isfinite(second)):
        raise ValueError("expected two finite numbers")
    return first, second
