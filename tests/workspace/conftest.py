from hashlib import sha256

import numpy as np
import pytest
from sessions import fill

from medmeta_core.imaging import MedicalImage
from medmeta_core.workspace import NewImage, Role, Store, write_session_file


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def desk(store):
    """The id of an empty workspace."""
    return store.create_workspace("Rare eye disease").id


@pytest.fixture(scope="session")
def new_image():
    """Makes small images: equal numbers, equal images."""

    def make(number, role=Role.EXAMPLE, condition=None, *, patient=None, patient_key=None):
        pixels = np.random.default_rng(number).integers(0, 256, (3, 9, 11)) / 255
        image = MedicalImage(
            pixels=pixels.astype(np.float32),
            modality="OT",
            source_digest=sha256(str(number).encode()).hexdigest(),
            patient_key=patient_key,
            notes=("lossy-compression",),
        )
        return NewImage(image, f"scan-{number}.png", role, condition, patient)

    return make


@pytest.fixture(scope="session")
def add_examples(new_image):
    """Adds six examples: two conditions, three patients."""

    def add(store, desk):
        new = [
            new_image(i, condition=("benign", "malign")[i % 2], patient_key=f"key-{i // 2}")
            for i in range(6)
        ]
        return store.add_images(desk, new)

    return add


@pytest.fixture
def examples(store, desk, add_examples):
    return add_examples(store, desk)


@pytest.fixture
def full_desk(store, desk, examples, new_image):
    """A workspace with something of every kind, among it a removed image."""
    fill(store, desk, examples, new_image)
    return desk


@pytest.fixture(scope="module")
def sealed(tmp_path_factory, new_image, add_examples):
    """A session file of such a workspace."""
    store = Store.open(tmp_path_factory.mktemp("writer"))
    desk = store.create_workspace("Rare eye disease").id
    fill(store, desk, add_examples(store, desk), new_image)
    yield write_session_file(store, desk).read()
    store.close()


@pytest.fixture
def other_store(tmp_path):
    opened = Store.open(tmp_path / "elsewhere")
    yield opened
    opened.close()
