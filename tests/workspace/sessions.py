"""A workspace with something of every kind, and session files made or spoilt by hand."""

import io
from hashlib import sha256

from PIL import Image

from medmeta_core.workspace import (
    AdaptationRecord,
    RefusalRecord,
    ResultRecord,
    Role,
    ShownAnswer,
    VerdictRecord,
)


def heat_map(mode="L", side=7):
    buffer = io.BytesIO()
    Image.new(mode, (side, side), 128).save(buffer, "PNG")
    return buffer.getvalue()


def fill(store, desk, examples, new_image):
    """Something of every kind, among it a removed image."""
    [case] = store.add_images(desk, [new_image(20, Role.CASE, patient="Roe^Jane")])
    store.exclude(desk, [examples[0].id], "blurred")
    store.relabel(desk, [examples[1].id], "Névus")
    store.assign_patient(desk, [examples[2].id], None)
    store.remove(desk, [examples[5].id])
    kept = store.images(desk, role=Role.EXAMPLE)
    adaptation = store.save_adaptation(
        desk,
        AdaptationRecord(
            "maml",
            "interim",
            {"steps": 5},
            tuple(image.id for image in (*kept, examples[5])),
            tuple(image.condition or "" for image in (*kept, examples[5])),
            {"recall": [["benign", 1, 2, [0.1, 0.9]]], "none": None},
            0.75,
        ),
    )
    store.save_result(desk, ResultRecord(case.id, adaptation.id, {"p": 0.5}, heat_map(), 0.5))
    store.save_result(desk, ResultRecord(kept[0].id, adaptation.id, {"p": 0.25}, None, 0.5))
    store.save_verdict(desk, VerdictRecord(case.id, None, "before-reveal", "benign"))
    answer = ShownAnswer("named", "Névus", 0.4, {"min_probability": 0.3})
    store.save_verdict(
        desk, VerdictRecord(case.id, adaptation.id, "unsure", comment="margin", answer=answer)
    )
    store.add_refusals(desk, [RefusalRecord("Doe_Jane.dcm", "pixels", "It has no pixels.")])
    settings = {"adaptation": adaptation.id, "shown": [case.id], "opacity": 0.5}
    store.change_settings(desk, lambda _: settings)


def state(store):
    """All that is in a store."""
    blobs = sorted(path.name for path in store.blobs._folder.iterdir())
    return blobs, [(one, store.images(one.id)) for one in store.workspaces()]


def resealed(content):
    return content[:-64] + sha256(content[:-64]).hexdigest().encode()
