"""The server's own settings: a bad one ends it with a sentence, a limit is told on the page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medmeta_core.errors import OutOfMemoryError

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 300

LIMITED_PAGE = """
import os
os.environ["MEDMETA_SERVER_MEMORY_MB"] = "2048"
import dashboard.server
from streamlit.testing.v1 import AppTest

PAGE = '''
import streamlit as st
from dashboard.shared.error_messages import show_errors
with show_errors():
    st.text(len(bytes(%d)))
'''

print(AppTest.from_string(PAGE % (8 << 30)).run(timeout=60).error[0].value)
print(AppTest.from_string(PAGE % 8).run(timeout=60).text[0].value)
"""


def run(*command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEDMETA_SERVER_MEMORY_MB", "much"),
        ("MEDMETA_SERVER_MEMORY_MB", "100"),
        ("MEDMETA_UPLOAD_MB", "0"),
        ("MEDMETA_UPLOAD_FILES", "many"),
        ("MEDMETA_UPLOAD_FILES", "9" * 5000),
        ("MEDMETA_UPLOAD_MB", "\u0663"),
    ],
)
def test_a_bad_setting_ends_the_server_with_one_sentence(
    name: str, value: str, tmp_path: Path
) -> None:
    command = ("-m", "streamlit", "run", "dashboard/app.py", "--server.headless", "true")
    ended = run(*command, **{name: value, "MEDMETA_HOME": str(tmp_path)})
    assert ended.returncode == 2
    (sentence,) = ended.stderr.strip().splitlines()
    assert sentence.startswith(f"medmeta: {name} must be a")
    assert sentence.endswith(f"found {value[:40]!r}.")


def test_a_page_that_asks_for_too_much_says_so_and_the_next_one_works() -> None:
    ended = run("-c", LIMITED_PAGE)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [str(OutOfMemoryError()), "8"]


def test_the_sentence_stands_in_both_languages() -> None:
    assert "内存不足" in OutOfMemoryError().message_in("zh")
