"""Whatever a child does, the process that asks it goes on."""

import re
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import psutil
import pytest
from made_dicom import dicom_file
from streamlit.testing.v1 import AppTest

from medmeta_core.errors import UnreadableImageError
from medmeta_core.imaging import LIMITS
from medmeta_core.imaging.guard.children import Children
from medmeta_core.imaging.guard.clock import PATIENCE
from medmeta_core.imaging.guard.forked_children import ForkServer
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.guard.responses import frame_of
from medmeta_core.imaging.guard.spawned_children import SpawnServer

IMPATIENT = replace(LIMITS, seconds=1.0)
PATIENT = replace(LIMITS, seconds=60.0)
SCRIPT = str(Path(__file__).parent / "misbehaving_children.py")


@pytest.fixture(scope="module", params=[ForkServer, SpawnServer])
def children(request: pytest.FixtureRequest) -> Iterator[Children]:
    """Forked as on Linux, and started anew as elsewhere: the second way works here, too."""
    children = request.param(SCRIPT)
    yield children
    children.close()


@pytest.fixture
def guard(children: Children) -> Iterator[Guard]:
    with Guard(children, limits=IMPATIENT) as guard:
        yield guard


def echoes(guard: Guard) -> bool:
    ((header, content),) = guard.ask("echo", b"bytes", say="hello")
    return header["said"] == "hello" and content == b"bytes"


def rule_of(guard: Guard, verb: str, **options) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        list(guard.ask(verb, b"", **options))
    return caught.value.rule


def test_one_child_serves_a_batch(guard):
    assert echoes(guard)
    child = guard._child
    assert echoes(guard) and guard._child is child


def test_a_child_that_hangs_is_killed_in_time_and_replaced(guard):
    begun = time.monotonic()
    assert rule_of(guard, "hang") == "decoder-timeout"
    assert time.monotonic() - begun < 2 * PATIENCE * IMPATIENT.seconds
    assert echoes(guard)


def test_a_child_that_computes_for_too_long_is_killed_by_its_own_time(guard):
    assert rule_of(guard, "spin", seconds_wanted=60) == "decoder-timeout"
    assert echoes(guard)


def test_a_child_without_a_processor_gets_more_time_by_the_wall(guard):
    ((header, _),) = guard.ask("dawdle", b"", seconds_wanted=1.5 * IMPATIENT.seconds)
    assert header["done"]


def test_only_once_may_a_child_ask_for_the_time_of_our_own_work(children):
    with Guard(children, limits=replace(IMPATIENT, storing_seconds=2.0)) as guard:
        ((header, _),) = guard.ask("decode_and_spin", b"", seconds_wanted=1.5)
        assert header["done"]
        assert rule_of(guard, "decode_and_spin", seconds_wanted=60) == "decoder-timeout"


def test_a_child_that_crashes_is_replaced(guard):
    assert rule_of(guard, "crash") == "decoder-crashed"
    assert echoes(guard)


def test_a_child_that_swells_is_told_so_and_replaced(children):
    with Guard(children, limits=PATIENT) as guard:  # a busy machine hands out memory slowly
        assert rule_of(guard, "swell", tell=False) == "decoder-memory"
        assert guard._child is None
        assert echoes(guard)


def test_a_forked_child_that_swells_stays_below_its_limit():
    children = ForkServer(SCRIPT)
    with Guard(children, limits=PATIENT) as guard:
        ((header, _),) = guard.ask("swell", b"", tell=True)
        assert 0.7 * LIMITS.memory_bytes < header["resident"] < LIMITS.memory_bytes
    children.close()


def test_a_spawned_child_is_killed_before_it_has_twice_its_limit():
    """It is only looked at now and then: between two looks it may take more."""
    children = SpawnServer(SCRIPT)
    with Guard(children, limits=PATIENT) as guard:
        list(guard.ask("echo", b"", say=""))
        process = guard._child._process
        asked = Thread(target=rule_of, args=(guard, "swell"), kwargs={"tell": False})
        asked.start()
        peak = 0
        while asked.is_alive():
            with suppress(psutil.Error):
                peak = max(peak, process.memory_info().rss)
        assert LIMITS.memory_bytes < peak < 2 * LIMITS.memory_bytes
    children.close()


def test_a_child_cannot_write_to_a_disk(guard, tmp_path):
    path = tmp_path / "written"
    assert rule_of(guard, "write_file", path=str(path)) in ("decoder-failed", "decoder-crashed")
    assert not path.exists() or path.stat().st_size == 0


def test_a_fork_server_that_is_lost_is_started_again():
    children = ForkServer(SCRIPT)
    with Guard(children) as guard:
        assert echoes(guard)
    children._process.kill()
    children._process.wait()
    with Guard(children) as guard:
        assert echoes(guard)
    children.close()


def test_a_spawned_child_that_dies_while_it_waits_is_replaced():
    children = SpawnServer(SCRIPT)
    children.start()
    children._waiting[0]._launched.kill()
    with Guard(children) as guard:
        assert echoes(guard)
    children.close()


def test_a_child_reads_a_file_from_its_beginning_wherever_the_asking_process_is_in_it(guard):
    with tempfile.TemporaryFile() as file:
        file.write(b"bytes")
        file.flush()
        ((_, content),) = guard.ask("echo", file, say="")
        assert content == b"bytes" and file.tell() == 5


def test_what_a_spawned_child_was_lent_is_gone_with_it():
    children = SpawnServer(SCRIPT)
    with Guard(children) as guard:
        assert echoes(guard)
        folder = guard._child._folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()
    children.close()


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"refused": "no-such-rule", "facts": {}},
        {"refused": "no-pixels", "facts": {"object": "Müller^Anna"}},
        {"refused": "no-pixels", "facts": {}},
        {"refused": ["empty-file"], "facts": None},
        {"description": {}, "patient": None, "planes": []},
        {"planes": [["values", "<f4", [2**40, 2**40]]], "patient": None, "description": {}},
        {"planes": [["values", "|O", [1, 1]]], "patient": None, "description": {}},
        {"planes": [["levels", "|u1", [-1, -1, -8]]], "patient": None, "description": {}},
    ],
)
def test_an_answer_that_no_honest_child_gives_is_refused(guard, header):
    with pytest.raises(UnreadableImageError) as caught:
        for answer in guard.ask("lie", b"", header=header, n_bytes=8):
            frame_of(*answer)
    assert caught.value.rule == "decoder-crashed"
    assert echoes(guard)


def test_a_script_without_a_main_guard_runs_once(tmp_path):
    (tmp_path / "picture.dcm").write_bytes(dicom_file(np.zeros((8, 8), np.uint8)))
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from medmeta_core.imaging import read_image\n"
        "print('ran', read_image(Path('picture.dcm').read_bytes()).height)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("ran 8\n", "")


def test_a_page_of_streamlit_runs_once(tmp_path):
    (tmp_path / "picture.dcm").write_bytes(dicom_file(np.zeros((8, 8), np.uint8)))
    page = AppTest.from_string(
        f"""
        from pathlib import Path
        import streamlit as st
        from medmeta_core.imaging import read_image
        folder = Path({str(tmp_path)!r})
        with (folder / "runs").open("a") as runs:
            runs.write("x")
        st.write(read_image((folder / "picture.dcm").read_bytes()).height)
        """
    ).run(timeout=60)
    assert not page.exception
    assert (tmp_path / "runs").read_text() == "x"


def test_the_decoders_stay_out_of_the_asking_process_and_torch_out_of_the_child():
    code = (
        "import sys; from medmeta_core.imaging import read_image\n"
        "assert not {'torch', 'pydicom', 'imagecodecs'} & set(sys.modules), 'asking process'\n"
        "import medmeta_core.imaging.guard.fork_server\n"
        "assert 'torch' not in sys.modules and 'pydicom' in sys.modules, 'child'\n"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(root)}, check=True)


SERVER = """
import sys
from medmeta_core.imaging.guard.forked_children import ForkServer
from medmeta_core.imaging.guard.guard import Guard
from medmeta_core.imaging.guard.spawned_children import SpawnServer
from medmeta_core.imaging.limits import LIMITS
from dataclasses import replace
children = {"fork": ForkServer, "spawn": SpawnServer}[sys.argv[2]](sys.argv[1])
with Guard(children, limits=replace(LIMITS, seconds=600.0)) as guard:
    answers = guard.ask("echo", b"", say="")
    list(answers)
    child = guard._child
    print(getattr(child, "handle", 0) or child._process.pid, flush=True)
    list(guard.ask("hang", b""))
"""


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_children_end_when_the_process_that_asked_is_killed(way: str) -> None:
    """Even in the middle of work, where they do not look at the line."""
    command = [sys.executable, "-c", SERVER, SCRIPT, way]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        child = int(server.stdout.readline())
        if way == "fork":
            fdinfo = Path(f"/proc/{server.pid}/fdinfo/{child}").read_text()
            child = int(re.findall(r"^Pid:\s*(\d+)", fdinfo, re.MULTILINE)[0])
        assert is_alive(child)
        server.kill()
    deadline = time.monotonic() + 20
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
