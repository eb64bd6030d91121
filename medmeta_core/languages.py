"""The languages of screens and reports.

A language is an entry of `LANGUAGES` and four files of texts, `dashboard/i18n/CODE.json`,
`medmeta_core/reporting/texts/CODE.json`, `medmeta_core/messages/CODE.json` (errors) and
`medmeta_core/method_texts/CODE.json`; what they lack is shown in English.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fonts:
    """Font files for a script that DejaVu, the font of a PDF, lacks.

    Attributes:
        files: (regular, bold) by file name, best first; "" where there is no bold.
        probe: a character that the font must have.
        families: words in the name of the font that is taken from a file with several.
    """

    files: tuple[tuple[str, str], ...]
    probe: str
    families: tuple[str, ...] = ()


SIMPLIFIED_CHINESE = Fonts(
    files=(
        ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
        ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
        ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf"),
        ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"),
        ("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf"),
        ("SourceHanSansCN-Regular.otf", "SourceHanSansCN-Bold.otf"),
        ("msyh.ttc", "msyhbd.ttc"),
        ("Hiragino Sans GB.ttc", ""),
        ("STHeiti Light.ttc", "STHeiti Medium.ttc"),
        ("PingFang.ttc", ""),
        ("wqy-microhei.ttc", ""),
        ("wqy-zenhei.ttc", ""),
        ("DroidSansFallbackFull.ttf", ""),
        ("simhei.ttf", ""),
        ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc"),
    ),
    probe="病",
    families=("SC", "CN", "GB"),
)


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        name: in the language itself.
        label: what the language switch above each page shows.
        bcp_47: its tag in documents (BCP 47).
        forbidden_pattern: pattern of the words for what only a medical device may claim (diagnose,
            detect, screen); no text of the language may match it.
        is_complete: whether a test demands every text; False while a translation is under way.
        fonts: of a PDF; None where DejaVu has its letters.
    """

    name: str
    label: str
    bcp_47: str
    forbidden_pattern: str
    is_complete: bool = True
    fonts: Fonts | None = None


LANGUAGES: Mapping[str, Language] = {
    "en": Language("English", "EN", "en", r"diagnos|\bdetect|\bscreen"),
    "zh": Language("中文", "中文", "zh-Hans", "诊断|检测|筛查|筛检", fonts=SIMPLIFIED_CHINESE),
}
"""By code, which is ISO 639-1's and the name of the text files."""

FALLBACK = "en"
"""The language of texts that are not translated."""


def language_of_locale(locale: str | None) -> str:
    """The code of the language for a browser's locale; English where it is not there.

    >>> language_of_locale("zh-CN"), language_of_locale("en_GB"), language_of_locale("tlh")
    ('zh', 'en', 'en')
    """
    code = (locale or "").replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else FALLBACK
