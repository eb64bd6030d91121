"""Pictures with a few words each, to be picked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from dashboard.shared.selection import Selection
from dashboard.web.component import web_component
from dashboard.web.gallery import thumbnail_uri
from medmeta_core.workspace import StoredImage

_pictures = web_component("picture_list")


@dataclass(frozen=True)
class Line:
    """A line of text beside a picture, after a coloured symbol if it is about a condition."""

    text: str
    symbol: str = ""
    colour: str = ""
    faint: bool = False


@dataclass(frozen=True)
class PictureList:
    """How a list of pictures looks and behaves.

    Attributes:
        layout: "list" one below the other, "grid" side by side with the words beside each
            picture, "strip" with the words below.
        many: whether more than one can be picked.
    """

    layout: Literal["list", "grid", "strip"]
    many: bool = False


def show_pictures(
    images: Sequence[StoredImage],
    lines: Mapping[str, Sequence[Line]],
    *,
    form: PictureList,
    selection: Selection,
) -> StoredImage | None:
    """Draw the pictures with their lines by id; the one that was just double-clicked.

    What is picked are ids.
    """
    answer = _pictures(
        key=selection.widget_key,
        data={
            "layout": form.layout,
            "many": form.many,
            "picked": list(selection.value),
            "tiles": [
                {
                    "id": image.id,
                    "alias": image.alias,
                    "src": thumbnail_uri(image),
                    "lines": [asdict(line) for line in lines.get(image.id, ())],
                }
                for image in images
            ],
        },
        on_picked_change=selection.take,
        on_opened_change=lambda: None,
    )
    return next((image for image in images if image.id == answer.get("opened")), None)
