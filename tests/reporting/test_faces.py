from pathlib import Path

import pytest

from medmeta_core.reporting.pdf.faces import find_faces


def test_a_machine_without_fonts_still_has_latin_ones(tmp_path: Path):
    faces = find_faces((tmp_path,))
    assert faces.regular.path.is_file()
    assert faces.by_language == {}


def test_a_broken_font_file_is_passed_over(tmp_path: Path):
    (tmp_path / "NotoSansCJK-Regular.ttc").write_bytes(b"ttcf, but broken")
    (tmp_path / "simhei.ttf").write_bytes(b"")
    assert find_faces((tmp_path,)).by_language == {}


def test_a_font_without_chinese_characters_is_passed_over(tmp_path: Path):
    (tmp_path / "simhei.ttf").symlink_to(find_faces().regular.path)
    assert find_faces((tmp_path,)).by_language == {}


def test_of_a_collection_the_simplified_chinese_font_is_taken():
    from fontTools.ttLib import TTFont

    face, _ = find_faces().by_language.get("zh", (None, None))
    if face is None or not face.path.name.startswith("NotoSansCJK"):
        pytest.skip("needs the collection Noto Sans CJK, which is not installed here")
    assert "SC" in TTFont(face.path, fontNumber=face.number)["name"].getDebugName(1)
