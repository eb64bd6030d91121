"""The server as it stands on the network: each way of starting it, spoken to without a browser."""

import http.client
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from connections import Connections
from running_server import BY_STREAMLIT, ROOT, RunningServer
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

WAYS = {
    "streamlit": (BY_STREAMLIT, ("--server.headless", "true", "--server.port")),
    "medmeta": (
        (sys.executable, "-m", "medmeta_core.cli", "app", "--no-browser"),
        ("--port",),
    ),
}
CLOSED = (
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/mcp",
    "/_stcore/script-health-check",
)
FOREIGN = (
    "https://evil.example",
    "http://127.0.0.1.evil.example:{port}",
    "http://127.0.0.1:1",
    "http://localhost:{port}",  # another name than the one that was asked
    "http://127.0.0.1",
    "http://127.0.0.1:{port}.evil.example",
    "http://evil.example@127.0.0.1:{port}",
    "http://127.0.0.1:{port}/",
    "file://127.0.0.1:{port}",
    "http://[::1]:{port}",
    "http://0.0.0.0:{port}",
    "null",
    "",
    None,
)
"""Origins that are not the page's own; None: the header is missing."""


@pytest.fixture(scope="module", params=WAYS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, Connections]]:
    folder = tmp_path_factory.mktemp(request.param)
    connections = Connections(folder / "connections")
    command, options = WAYS[request.param]
    settings = connections.settings | {"MEDMETA_UPLOAD_MB": "1"}
    running = RunningServer(folder / "home", command, options=options, settings=settings)
    yield running, connections
    running.stop()
    connections.close()


def answer(
    running: RunningServer, path: str, *, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers with small names, and body."""
    line = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, headers=named)
    got = line.getresponse()
    response = got.status, {name.lower(): value for name, value in got.getheaders()}, got.read()
    line.close()
    return response


def socket_status(running: RunningServer, origin: str | None, host: str | None = None) -> int:
    """101 where the websocket is opened, else the status of the refusal."""
    address = f"ws://{host or '127.0.0.1'}:{running.port}/_stcore/stream"
    try:
        with connect(address, origin=origin, proxy=None, address=("127.0.0.1", running.port)):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def descendants(pid: int) -> list[int]:
    """Processes that this one began, and those that they began."""
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for file in listed for child in file.read_text().split()]
    return children + [grandchild for child in children for grandchild in descendants(child)]


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_the_own_page_may_speak(server: tuple[RunningServer, Connections]) -> None:
    running, _ = server
    assert socket_status(running, running.url) == 101
    named = f"http://localhost:{running.port}"
    assert socket_status(running, named, "localhost") == 101


def test_another_page_may_not_and_nobody_outside_is_asked(
    server: tuple[RunningServer, Connections],
) -> None:
    running, connections = server
    for origin in FOREIGN:
        stated = None if origin is None else origin.format(port=running.port)
        assert (origin, socket_status(running, stated)) == (origin, 403)
    bent = "evil.example"  # a name of theirs that leads here
    assert socket_status(running, f"http://{bent}:{running.port}", bent) == 403
    assert connections.tried == []
    assert connections.asked_of_proxy == []


def test_another_page_may_neither_read_nor_change(
    server: tuple[RunningServer, Connections],
) -> None:
    running, _ = server
    upload = "/_stcore/upload_file/session/file"
    assert answer(running, "/")[0] == 200
    assert answer(running, "/", Host="evil.example")[0] == 403
    assert answer(running, "/", Origin="https://evil.example")[0] == 403
    assert answer(running, "/favicon.png", Sec_Fetch_Site="cross-site")[0] == 403
    led_here = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert answer(running, "/", Sec_Fetch_Site="cross-site", **led_here)[0] == 200
    framed = led_here | {"Sec_Fetch_Dest": "iframe"}
    assert answer(running, "/", Sec_Fetch_Site="cross-site", **framed)[0] == 403
    for method in ("PUT", "POST", "DELETE"):
        assert answer(running, upload, method=method)[0] == 403  # no origin
        assert answer(running, upload, method=method, Origin="null")[0] == 403


def test_what_no_page_needs_is_closed(server: tuple[RunningServer, Connections]) -> None:
    running, _ = server
    assert [path for path in CLOSED if answer(running, path)[0] != 404] == []
    assert answer(running, "/_stcore/metrics", method="POST", Origin=running.url)[0] == 404
    status, _, body = answer(running, "/_stcore/host-config")
    assert (status, b'allowedOrigins":[]' in body) == (200, True)


def test_every_answer_says_what_a_browser_may_do_with_it(
    server: tuple[RunningServer, Connections],
) -> None:
    running, _ = server
    for path in ("/", "/_stcore/health", "/_stcore/metrics", "/nowhere.js"):
        _, headers, _ = answer(running, path)
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'self'" in policy
        assert f"connect-src 'self' ws://127.0.0.1:{running.port} " in policy
        assert "unsafe-eval" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    refused = answer(running, "/", Host="evil.example")[1]
    assert refused["x-content-type-options"] == "nosniff"


def test_uploads_beyond_the_quota_are_not_read(server: tuple[RunningServer, Connections]) -> None:
    running, _ = server
    upload = "/_stcore/upload_file/session/file"
    too_much = {"Origin": running.url, "Content_Length": str(2 * 2**20)}
    status, _, body = answer(running, upload, method="PUT", **too_much)
    assert (status, b"At most 1 MB" in body) == (413, True)
    endless = {"Origin": running.url, "Transfer_Encoding": "chunked"}
    assert answer(running, upload, method="PUT", **endless)[0] == 411


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(way: str, number: signal.Signals, tmp_path: Path) -> None:
    command, options = WAYS[way]
    running = RunningServer(tmp_path, command, options=options)
    running.process.send_signal(number)
    assert running.process.wait(30) == 0
    assert "Traceback" not in running.log()


@pytest.mark.parametrize("seconds", [0.0, 1.0, 4.0])
def test_a_signal_during_the_warm_up_ends_server_and_children(
    seconds: float, tmp_path: Path
) -> None:
    running = RunningServer(tmp_path)
    with connect(
        f"ws://127.0.0.1:{running.port}/_stcore/stream",
        origin=running.url,
        proxy=None,
        subprotocols=["streamlit"],
        max_size=None,
    ) as line:
        line.send(BackMsg(rerun_script=ClientState()).SerializeToString())
        line.recv(30)  # the first page is drawn, then what the next ones need is loaded
        time.sleep(seconds)
        children = descendants(running.process.pid)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
    deadline = time.monotonic() + 10
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_alive, children))
    assert "Fatal Python error" not in running.log()
    assert list(ROOT.glob("core*")) == []


def test_no_process_of_the_server_may_write_its_memory_to_the_disk(tmp_path: Path) -> None:
    running = RunningServer(tmp_path)
    limits = Path(f"/proc/{running.process.pid}/limits").read_text()
    running.stop()
    assert re.search(r"Max core file size +0 +0 ", limits)
