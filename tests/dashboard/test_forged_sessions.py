"""A session file forged by somebody who can seal it is refused, or opens on every page.

`FORGERIES=500 pytest tests/dashboard/test_forged_sessions.py` tries more of them.
"""

import os
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest
from workspace.forgeries import forged
from workspace.sessions import packed, unpacked

from dashboard.engine import store
from dashboard.page_names import PAGES
from medmeta_core.casework import (
    Choice,
    adapting_job,
    cases_of,
    classifying_job,
    start_adapting,
    start_classifying,
)
from medmeta_core.errors import SessionFileError
from medmeta_core.imaging import read_image
from medmeta_core.jobs import Job
from medmeta_core.workspace import (
    NewImage,
    RefusalRecord,
    Role,
    Store,
    VerdictRecord,
    read_session_file,
    write_session_file,
)

N = int(os.environ.get("FORGERIES", "24"))
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def genuine(
    tmp_path_factory: pytest.TempPathFactory, picture: Callable[..., bytes]
) -> Iterator[bytes]:
    """A session file of a workspace in which everything was really done."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MEDMETA_HOME", str(tmp_path_factory.mktemp("writer")))
        workspace = store().create_workspace("Rare eyes").id
        names = ("macular", "normal", "rare one")
        new = [
            NewImage(
                read_image(picture(i, 90 + 30 * (i % 3))), f"{i}.png", Role.EXAMPLE, names[i % 3]
            )
            for i in range(9)
        ]
        images = store().add_images(workspace, new)
        store().assign_patient(workspace, [images[0].id, images[3].id], "ward 7")
        store().exclude(workspace, [images[8].id], "Blurred or poorly exposed")
        store().add_refusals(workspace, [RefusalRecord("a.pdf", "not-an-image", "It is none.")])
        files = (picture(20), picture(4, 120))  # the second one is an example, too
        store().add_images(
            workspace, [NewImage(read_image(one), "c.png", Role.CASE) for one in files]
        )
        ended(
            start_adapting(
                store(),
                workspace,
                [Choice("automatic", "medmeta-resnet18"), Choice("ridge", "medmeta-resnet18")],
            )
        )
        assert adapting_job(workspace) is not None
        record = store().adaptations(workspace)[0]
        ended(start_classifying(store(), record, cases_of(store(), workspace)))
        assert classifying_job(record) is not None
        case, _ = cases_of(store(), workspace)
        store().save_verdict(
            workspace, VerdictRecord(case.id, record.id, "changed", "normal", "margin")
        )
        yield write_session_file(store(), workspace, with_names=True).read()


def ended(job: Job) -> None:
    assert job.wait(PATIENCE_SECONDS)
    assert job.state == "done", job.error


def settled(page: AppTest) -> AppTest:
    """The page once its jobs have ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any((button.key or "").startswith("stop-") for button in page.button):
        assert time.monotonic() < deadline
        page.run()
    return page


def incidents(page: AppTest) -> list[str]:
    messages = [error.value for error in page.error]
    return [text for text in messages if "incident" in text] + [str(one) for one in page.exception]


def test_the_genuine_file_opens_on_every_page(
    here: Store, open_page: Callable[..., AppTest], genuine: bytes
) -> None:
    copy = read_session_file(store(), genuine)
    for name in PAGES:
        page = settled(open_page(name, w=copy.id))
        assert not incidents(page)
        assert not page.error


@pytest.mark.parametrize("seed", range(N))
def test_a_forged_file_is_refused_or_opens_on_every_page(
    here: Store, open_page: Callable[..., AppTest], genuine: bytes, seed: int
) -> None:
    refused_or_opens_on_every_page(store(), open_page, forged(genuine, seed))


@pytest.mark.parametrize(
    "match",
    [
        {"relation": "same-file", "positions": [0]},
        {"relation": "same-patient", "positions": [7, 7, 1]},
        {"relation": "same-picture", "positions": list(range(8))},
        {"relation": "same-picture", "positions": [8]},
        {"relation": "same-picture", "positions": [10**20]},
        {"relation": "same-picture", "positions": [-1]},
        {"relation": "same-picture", "positions": []},
        {"relation": "same-picture", "positions": None},
        {"relation": "![](http://127.0.0.1:9/beacon)", "positions": [0]},
        {"relation": None, "positions": [0]},
        {"positions": [0]},
        {},
        [],
        None,
        "same-file",
    ],
)
@pytest.mark.parametrize("of_example", [True, False])
def test_so_is_one_that_lies_about_a_cases_own_examples(
    here: Store,
    open_page: Callable[..., AppTest],
    genuine: bytes,
    match: object,
    of_example: bool,
) -> None:
    manifest, blobs = unpacked(genuine)
    [result] = [
        row["prediction"]
        for row in manifest["results"]
        if ("own_examples" in row["prediction"]) == of_example
    ]
    result["own_examples"] = match
    refused_or_opens_on_every_page(store(), open_page, packed(manifest, blobs))


def refused_or_opens_on_every_page(
    here: Store, open_page: Callable[..., AppTest], content: bytes
) -> None:
    try:
        copy = read_session_file(store(), content)
    except SessionFileError as error:
        assert str(error).startswith("The session file was not opened: ")
        assert here.workspaces() == []
        assert here.blobs.digests() == set()
        return
    assert copy.opened_from
    assert here.verify(copy.id) == []
    for name in PAGES:
        assert not incidents(settled(open_page(name, w=copy.id))), name
    again = read_session_file(store(), write_session_file(store(), copy.id))
    assert len(here.images(again.id)) == len(here.images(copy.id))
