"""No text of a foreign file or hand makes the browser ask another server, on any page.

The browser is told to pass over our content security policy: the pages hold without it.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from beacon import Beacon, lit_beacon
from chromium import settled
from planted import (
    plant,
    plant_backbone,
    session_file_of_another_version,
    weights_with_a_name,
)
from playwright.sync_api import Browser, Page, expect
from pydicom.data import get_testdata_file
from running_server import RunningServer
from steps import JOB_MS, adapt, choose, classify, go_to, make_report, press, tiles, widget

pytestmark = pytest.mark.browser


@pytest.fixture
def beacon() -> Iterator[Beacon]:
    with lit_beacon() as lit:
        yield lit


@pytest.fixture
def planted(
    browser: Browser, beacon: Beacon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[RunningServer, str]]:
    home = tmp_path / "home"
    monkeypatch.setenv("MEDMETA_HOME", str(home))
    workspace = plant(home, beacon)
    plant_backbone(home, beacon)
    (tmp_path / "version.medmeta.zip").write_bytes(
        session_file_of_another_version(home, workspace, beacon)
    )
    running = RunningServer(home)
    yield running, workspace
    running.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 3000}, locale="en-GB", bypass_csp=True
    )
    context.set_default_timeout(40_000)
    yield context.new_page()
    context.close()


class BeaconCheck:
    """Which beacons' texts stood on a page as text, and none as anything else."""

    def __init__(self, page: Page, beacon: Beacon) -> None:
        self.page, self.beacon = page, beacon

    def all(self, *fields: str) -> None:
        settled(self.page)
        for field in fields:
            expect(self.page.get_by_text(f"beacon-{field}").first).to_be_attached(timeout=20_000)
        port = str(self.beacon.port)
        selector = f'a[href*="{port}"], img[src*="{port}"], img[src="a.png"], script[src*="{port}"]'
        assert self.page.locator(selector).count() == 0
        assert self.page.locator(".katex").count() == 0
        assert self.beacon.requests == []


def test_the_beacon_is_seen_where_it_is_lit(page: Page, beacon: Beacon) -> None:
    page.goto(f"http://127.0.0.1:{beacon.port}/")  # a page of this machine, as the dashboard's are
    with page.expect_request("**/field.img"):
        page.set_content(beacon.text("field"), wait_until="commit")
    page.wait_for_timeout(500)
    assert {"/field.img", "/field.js", "/field.css"} <= set(beacon.requests)


def test_no_page_lights_a_beacon(
    planted: tuple[RunningServer, str], page: Page, beacon: Beacon, tmp_path: Path
) -> None:
    server, workspace = planted
    beacon_check = BeaconCheck(page, beacon)
    page.goto(server.url)
    beacon_check.all("workspace")
    choose(page, "session-file", tmp_path / "version.medmeta.zip")
    expect(page.get_by_role("alert").first).to_be_visible(timeout=JOB_MS)
    beacon_check.all("workspace")
    page.goto(f"{server.url}/examples?w={workspace}")
    expect(tiles(page).first).to_be_visible(timeout=JOB_MS)
    page.get_by_text("One file was not read").first.click()
    beacon_check.all("workspace", "dark", "bright", "refusal", "refused-file")
    widget(page, "history-popover").get_by_role("button").first.click()
    beacon_check.all("relabelled", "reason")
    page.keyboard.press("Escape")
    tiles(page).first.dblclick()
    beacon_check.all("file", "modality", "note")
    page.keyboard.press("Escape")
    adapt(page)
    beacon_check.all("dark", "bright")
    classify(page)
    _classify(page, beacon)
    beacon_check.all("dark", "bright")
    make_report(page)
    beacon_check.all("dark")
    expect(page.frame_locator("iframe").get_by_text("beacon-workspace").first).to_be_attached()
    go_to(page, "Explore")
    beacon_check.all("dark", "bright")
    go_to(page, "About")
    for field in ("mine", "medmeta-conv4"):
        opened = widget(page, f"card-{field}").locator("summary")
        if opened.count():
            opened.first.click()
    beacon_check.all("fact", "fact-text", "limit", "cost-name", "cost", "origin")


def test_no_upload_lights_a_beacon(
    planted: tuple[RunningServer, str], page: Page, beacon: Beacon, tmp_path: Path
) -> None:
    server, workspace = planted
    beacon_check = BeaconCheck(page, beacon)
    page.goto(f"{server.url}/examples?w={workspace}")
    widget(page, "add-more").locator("summary").first.click()
    choose(page, "examples-files", [_zip(beacon, tmp_path), *_dicom_files(beacon, tmp_path)])
    expect(page.get_by_text("beacon-folder").first).to_be_attached(timeout=JOB_MS)
    beacon_check.all("folder", "dark")
    page.goto(f"{server.url}/adapt?w={workspace}")
    settled(page)
    widget(page, "add-backbone").locator("summary").first.click()
    weights = tmp_path / f"{beacon.label('weights-file')}.safetensors"
    weights.write_bytes(weights_with_a_name(beacon))
    choose(page, "weights", weights)
    widget(page, "weights-name").locator("input").fill("other")
    page.keyboard.press("Tab")
    settled(page)
    press(page, "import-backbone")
    refused = page.get_by_role("alert").filter(has_text="does not fit the architecture")
    expect(refused.first).to_be_visible(timeout=JOB_MS)
    beacon_check.all("workspace")


def _classify(page: Page, beacon: Beacon) -> None:
    """Another condition than those compared, and a comment."""
    decisions = page.locator('[class*="st-key-verdict-decision"]')
    decisions.get_by_text("another", exact=False).or_(
        decisions.get_by_text("Changed", exact=False)
    ).first.click()
    settled(page)
    named = page.locator('[class*="st-key-verdict-condition"] input').first
    named.fill(beacon.name("named"))
    named.press("Enter")
    settled(page)
    comment = page.locator('[class*="st-key-verdict-comment"] input').first
    comment.fill(beacon.text("comment"))
    comment.press("Enter")
    expect(page.get_by_text("Saved at").first).to_be_visible()


def _zip(beacon: Beacon, folder: Path) -> Path:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        picture = Path(__file__).parents[2] / "assets" / "logo.png"
        name = f"{beacon.label('folder')}/{beacon.label('inside')}.png"
        archive.writestr(name, picture.read_bytes() if picture.exists() else b"no picture")
        archive.writestr(f"{beacon.label('folder')}/{beacon.label('broken')}.png", b"no picture")
        archive.write(get_testdata_file("CT_small.dcm"), f"{beacon.label('folder')}/a.dcm")
    path = folder / f"{beacon.label('zip')}.zip"
    path.write_bytes(content.getvalue())
    return path


def _dicom_files(beacon: Beacon, folder: Path) -> list[Path]:
    """One that is read and one that is refused, with a beacon in each text that a tag can hold."""
    paths = []
    for kind in ("read", "refused"):
        dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
        for keyword in ("PatientName", "PatientID", "StudyDescription", "Manufacturer"):
            setattr(dataset, keyword, beacon.name(keyword))
        for keyword in ("PhotometricInterpretation", "Modality"):
            if kind == "refused":
                with pydicom.config.disable_value_validation():
                    setattr(dataset, keyword, beacon.name(keyword))
        path = folder / f"{beacon.label(kind)}.dcm"
        dataset.save_as(path)
        paths.append(path)
    return paths
