"""Text of both themes can be read: contrast by WCAG 2.2, level AA."""

import tomllib
from pathlib import Path

import pytest

CONFIG = tomllib.loads(
    (Path(__file__).parents[2] / "dashboard/.streamlit/config.toml").read_text("utf-8")
)
TEXT, LARGE_OR_GRAPHICS = 4.5, 3.0  # 1.4.3 and 1.4.11


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_contrast_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize(
    ("ink", "at_least"),
    [("textColor", TEXT), ("linkColor", TEXT), ("primaryColor", LARGE_OR_GRAPHICS)],
)
def test_what_is_written_can_be_read(theme: str, ground: str, ink: str, at_least: float) -> None:
    colours = CONFIG["theme"][theme]
    assert contrast(colours[ink], colours[ground]) >= at_least


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_white_on_a_primary_button_can_be_read(theme: str) -> None:
    assert contrast("#FFFFFF", CONFIG["theme"][theme]["primaryColor"]) >= TEXT


def test_the_server_speaks_to_this_machine_only_and_tells_nobody() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["allowedHosts"] == ["127.0.0.1", "localhost"]
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert not any(
        "font" in key.lower() and "://" in str(value) for key, value in CONFIG["theme"].items()
    )
