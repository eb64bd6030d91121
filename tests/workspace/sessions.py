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
from medmeta_core.workspace.session_zip import pack, unpack


def packed(manifest, blobs):
    """The bytes of a session file made by hand."""
    out = io.BytesIO()
    pack(manifest, blobs, out)
    return out.getvalue()


def unpacked(content):
    """(manifest, {sha256: bytes}) of a session file, open or in bytes."""
    manifest, blobs = unpack(io.BytesIO(content) if isinstance(content, bytes) else content)
    return manifest, dict(blobs)


def heat_map(mode="L", side=7):
    buffer = io.BytesIO()
    Image.new(mode, (side, side), 128).save(buffer, "PNG")
    return buffer.getvalue()


def adaptation_record(images):
    """An adaptation to images, with figures of the form that the pages write."""
    labels = [image.condition or "" for image in images]
    conditions = list(dict.fromkeys(labels))
    rows = [[1 / len(conditions)] * len(conditions)] * len(images)
    left_out = {
        "conditions": conditions,
        "labels": [conditions.index(label) for label in labels],
        "probabilities": [None, *rows[1:]],
        "n_folds": len(images) - 1,
        "by_patient": False,
        "n_groups": len(images) - 1,
        "n_with_patient": sum(image.patient is not None for image in images),
    }
    figures = {
        "cross_validation": left_out,
        "patients": [image.patient for image in images],
        "backbone_sha256": "0" * 64,
    }
    ids = tuple(image.id for image in images)
    settings = {"steps": 5, "temperature": 1.5}
    return AdaptationRecord("maml", "interim", settings, ids, tuple(labels), figures, 0.75)


def save_adaptation(store, desk, images):
    return store.save_adaptation(desk, adaptation_record(images))


def prediction(adaptation, first=0.75):
    """An answer of the form that the pages write."""
    conditions = list(dict.fromkeys(adaptation.labels))
    others = [(1 - first) / (len(conditions) - 1)] * (len(conditions) - 1)
    return {
        "conditions": conditions,
        "probabilities": [first, *others],
        "intervals": [[0.0, 1.0]] * len(conditions),
        "conformal_set": conditions[:1],
        "coverage": 0.9,
        "typicality": 0.5,
        "abstention": None,
        "similar_cases": [{"index": 0, "condition": adaptation.labels[0], "similarity": 0.5}],
        "heat_map": {"condition": conditions[0], "peak": 0.25},
    }


def fill(store, desk, examples, new_image):
    """Something of every kind, among it a removed image."""
    [case] = store.add_images(desk, [new_image(20, Role.CASE, patient="Roe^Jane")])
    store.exclude(desk, [examples[0].id], "blurred")
    store.relabel(desk, [examples[1].id], "Névus")
    store.assign_patient(desk, [examples[2].id], None)
    store.remove(desk, [examples[5].id])
    images = store.images(desk, role=Role.EXAMPLE)
    adaptation = save_adaptation(store, desk, [*images, examples[5]])
    content = prediction(adaptation)
    store.save_result(desk, ResultRecord(case.id, adaptation.id, content, heat_map(), 0.5))
    store.save_result(
        desk, ResultRecord(images[0].id, adaptation.id, {**content, "heat_map": None}, None, 0.5)
    )
    store.save_verdict(desk, VerdictRecord(case.id, None, "before-reveal", "benign"))
    answer = ShownAnswer("named", "Névus", 0.4, {"min_probability": 0.3})
    store.save_verdict(
        desk, VerdictRecord(case.id, adaptation.id, "unsure", comment="margin", answer=answer)
    )
    store.add_refusals(desk, [RefusalRecord("Doe_Jane.dcm", "no-pixels", "It has no pixels.")])
    settings = {"preferences": {"adaptation_id": adaptation.id, "min_probability": 0.5}}
    store.change_settings(desk, lambda _: settings)


def state(store):
    """All that is in a store."""
    blobs = sorted(path.name for path in store.blobs._folder.iterdir())
    return blobs, [(one, store.images(one.id)) for one in store.workspaces()]


def resealed(content):
    return content[:-64] + sha256(content[:-64]).hexdigest().encode()
