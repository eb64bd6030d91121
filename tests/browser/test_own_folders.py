"""A visitor's own folders: what becomes of them, and what looking at them leaves alone."""

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from chromium import settled
from pictures import write_files
from PIL import Image
from playwright.sync_api import Page, expect
from running_server import RunningServer
from steps import JOB_MS, adapt, choose, counts, go_to, press, tiles, widget

pytestmark = pytest.mark.browser
KINDS = {"dark": 50, "light": 200}


def picture(seed: int, brightness: int) -> bytes:
    noise = np.random.default_rng(seed).integers(-30, 30, (90, 120))
    out = BytesIO()
    Image.fromarray(np.clip(noise + brightness, 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def of_patients(n: int = 4) -> dict[str, bytes]:
    """`n` pictures of each kind, two of each patient."""
    return {
        f"{name}/{name} {k // 2}/{k}.png": picture(100 * level + k, level)
        for name, level in KINDS.items()
        for k in range(n)
    }


@pytest.fixture
def fresh(server: RunningServer, page: Page) -> Page:
    page.set_default_timeout(JOB_MS)
    page.goto(server.url)
    press(page, "create-workspace")
    return page


def unfold(page: Page, key: str) -> None:
    """Open an expander."""
    widget(page, key).locator("summary").click()
    settled(page)


def count_sentence(page: Page) -> str:
    """What the page says of the last upload."""
    end = widget(page, "intake-end")
    expect(end).to_be_visible(timeout=JOB_MS)
    return settled(page).locator(".st-key-intake-end").inner_text()


def test_the_first_folder_is_the_condition_and_the_next_a_patient(
    fresh: Page, tmp_path: Path
) -> None:
    choose(fresh, "examples-folder", write_files(tmp_path / "my set", of_patients()))
    expect(tiles(fresh)).to_have_count(8, timeout=JOB_MS)
    assert counts(fresh) == {"dark": 4, "light": 4}
    sentence = count_sentence(fresh)
    assert "8 images added: 4 to “dark”, 4 to “light”" in sentence
    assert "4 patients by the folders below" in sentence
    badges = widget(fresh, "gallery").locator(".badge").all_inner_texts()
    assert sorted(set(badges)) == ["P1", "P2", "P3", "P4"]


def test_a_zip_with_a_folder_of_its_own_gives_the_same(fresh: Page, tmp_path: Path) -> None:
    packed = tmp_path / "set.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__MACOSX/set/dark/._0.png", b"x")
        archive.writestr("set/.DS_Store", b"x")
        for place, content in of_patients().items():
            archive.writestr(f"set/{place}", content)
    choose(fresh, "examples-files", [packed])
    expect(tiles(fresh)).to_have_count(8, timeout=JOB_MS)
    assert counts(fresh) == {"dark": 4, "light": 4}
    assert "refused" not in count_sentence(fresh) and "not read" not in count_sentence(fresh)


def test_the_condition_of_an_upload_is_its_alone_and_the_upload_can_be_taken_back(
    fresh: Page, tmp_path: Path
) -> None:
    write_files(tmp_path, {"a.png": picture(1, 50), "b.png": picture(2, 200)})
    box = widget(fresh, "examples-condition").get_by_role("combobox")
    box.fill("dark")
    box.press("Enter")
    settled(fresh)
    choose(fresh, "examples-files", [tmp_path / "a.png"])
    expect(tiles(fresh)).to_have_count(1, timeout=JOB_MS)
    assert "1 to “dark”" in count_sentence(fresh)
    unfold(fresh, "add-more")
    expect(widget(fresh, "examples-condition").get_by_role("combobox")).to_have_value("")
    choose(fresh, "examples-files", [tmp_path / "b.png"])
    expect(tiles(fresh)).to_have_count(2, timeout=JOB_MS)
    assert "1 without a condition" in count_sentence(fresh)
    press(fresh, "undo-upload")
    expect(tiles(fresh)).to_have_count(1)
    assert counts(fresh) == {"dark": 1}
    expect(widget(fresh, "intake-end")).to_have_count(0)


def test_a_name_too_long_costs_that_folders_name(fresh: Page, tmp_path: Path) -> None:
    files = {f"{'x' * 146}/a.png": picture(1, 50), "light/b.png": picture(2, 200)}
    choose(fresh, "examples-folder", write_files(tmp_path / "set", files))
    expect(tiles(fresh)).to_have_count(2, timeout=JOB_MS)
    assert counts(fresh) == {"No condition yet": 1, "light": 1}
    expect(fresh.get_by_text("has 146 characters")).to_be_visible()


def test_zips_in_the_wrong_place_name_the_right_one(
    fresh: Page, server: RunningServer, tmp_path: Path
) -> None:
    empty, session, pictures = (tmp_path / f"{name}.zip" for name in ("empty", "session", "set"))
    contents: list[tuple[Path, dict[str, bytes]]] = [
        (empty, {}),
        (session, {"manifest.json": b"{}", f"blobs/{64 * 'a'}": b"x"}),
        (pictures, {"dark/a.png": picture(1, 50)}),
    ]
    for path, inner in contents:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in inner.items():
                archive.writestr(name, content)
    choose(fresh, "examples-files", [empty, session])
    fresh.locator("summary", has_text="2 files were not read").click()
    expect(fresh.get_by_text("The zip holds no files")).to_be_visible(timeout=JOB_MS)
    expect(fresh.get_by_text("Open it on the page Start")).to_be_visible()
    fresh.goto(server.url)
    settled(fresh)
    choose(fresh, "session-file", [pictures])
    expect(fresh.get_by_text("drop the zip on the page Examples")).to_be_visible(timeout=JOB_MS)


def test_looking_on_one_page_marks_nothing_on_another(fresh: Page, tmp_path: Path) -> None:
    choose(fresh, "examples-folder", write_files(tmp_path / "set", of_patients(6)))
    expect(tiles(fresh)).to_have_count(12, timeout=JOB_MS)
    settled(fresh)
    marked = widget(fresh, "gallery").locator('[aria-selected="true"]')
    for place in (0, 1):
        tiles(fresh).nth(place).click()
    expect(fresh.get_by_text("2 marked")).to_be_visible()
    settled(fresh)
    adapt(fresh)
    go_to(fresh, "Explore")
    pictures = widget(fresh, "explore-images").locator(".tile")
    expect(pictures).to_have_count(12, timeout=JOB_MS)
    for place in (5, 9):
        pictures.nth(place).click()
    expect(widget(fresh, "embedding-map").locator(".rings circle")).to_have_count(2)
    settled(fresh)
    pictures.nth(7).dblclick()
    expect(fresh.get_by_role("dialog")).to_be_visible()
    fresh.keyboard.press("Escape")
    settled(fresh)
    go_to(fresh, "Examples")
    expect(fresh.get_by_text("2 marked")).to_be_visible()
    expect(marked).to_have_count(2)
    go_to(fresh, "Explore")
    pressed = widget(fresh, "explore-images").locator('[aria-pressed="true"]')
    expect(pressed).to_have_count(2, timeout=JOB_MS)
    press(fresh, "mark-on-examples")
    expect(fresh.get_by_text("2 marked")).to_be_visible(timeout=JOB_MS)
    assert (
        widget(fresh, "gallery").locator(".tile").nth(0).get_attribute("aria-selected") == "false"
    )


def test_colours_hold_when_a_condition_comes_before_the_others(fresh: Page, tmp_path: Path) -> None:
    choose(fresh, "examples-folder", write_files(tmp_path / "set", of_patients()))
    expect(tiles(fresh)).to_have_count(8, timeout=JOB_MS)
    before = _symbols(fresh)
    more = {f"albino/{k}.png": picture(900 + k, 125) for k in range(2)}
    unfold(fresh, "add-more")
    choose(fresh, "examples-folder", write_files(tmp_path / "more", more))
    expect(tiles(fresh)).to_have_count(10, timeout=JOB_MS)
    after = _symbols(fresh)
    assert {name: after[name] for name in before} == before
    assert len(set(after.values())) == 3


def _symbols(page: Page) -> dict[str, tuple[str, str]]:
    """Symbol and colour of each condition in the gallery."""
    groups = widget(settled(page), "gallery").locator(".group").all()
    return {
        group.locator(".name").inner_text(): (
            group.locator(".symbol").inner_text(),
            str(group.locator(".symbol").evaluate("one => getComputedStyle(one).color")),
        )
        for group in groups
    }
