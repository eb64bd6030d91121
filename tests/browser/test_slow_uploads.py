"""Uploads through real sockets: whoever sends slowly, or leaves, keeps nobody waiting."""

import http.client
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running_server import RunningServer
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

BOUNDARY = "limit-of-parts"
PATIENCE_SECONDS = 60
QUOTA = 1000 * 2**20
ONE_FILE = 150 * 2**20
"""Of a file that may come; the server's limit for one is 200 MB."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    settings = {"MEDMETA_UPLOAD_MB": str(QUOTA // 2**20)}
    running = RunningServer(tmp_path_factory.mktemp("home"), settings=settings)
    yield running
    running.stop()


@contextmanager
def tab(server: RunningServer) -> Iterator[str]:
    """The id of the session of a tab, while that is open."""
    with connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        origin=server.url,
        proxy=None,
        subprotocols=["streamlit"],
        max_size=None,
    ) as line:
        line.send(BackMsg(rerun_script=ClientState()).SerializeToString())
        while True:
            message = ForwardMsg.FromString(line.recv(PATIENCE_SECONDS))
            if message.HasField("new_session"):
                break
        yield message.new_session.initialize.session_id


def token_of(server: RunningServer) -> str:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    line.request("GET", "/_stcore/health")
    cookie = line.getresponse().getheader("Set-Cookie", "")
    line.close()
    match = re.search(r"_streamlit_xsrf=([^;]+)", cookie)
    assert match is not None
    return match[1]


def body_of(content: bytes) -> bytes:
    head = 'Content-Disposition: form-data; name="file"; filename="a.png"'
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{BOUNDARY}--".encode()


def begun(server: RunningServer, session: str, name: str, n_bytes: int) -> socket.socket:
    """An upload of which the headers have been sent."""
    token = token_of(server)
    lines = (
        f"PUT /_stcore/upload_file/{session}/{name} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Origin: {server.url}",
        f"Cookie: _streamlit_xsrf={token}",
        f"X-Xsrftoken: {token}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {n_bytes}",
    )
    line = socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS)
    line.sendall("\r\n".join([*lines, "", ""]).encode())
    return line


def status_of(line: socket.socket) -> int:
    answer = http.client.HTTPResponse(line)
    answer.begin()
    line.close()
    return answer.status


def is_refused(line: socket.socket) -> bool:
    """Whether an upload is not wanted; the server says nothing while it waits for one that is."""
    line.settimeout(2)
    try:
        return status_of(line) == 413
    except TimeoutError:
        line.close()
        return False


def uploaded(server: RunningServer, session: str, name: str, content: bytes) -> int:
    body = body_of(content)
    line = begun(server, session, name, len(body))
    line.sendall(body)
    return status_of(line)


def test_whoever_sends_slowly_keeps_nobody_waiting_and_is_served_in_the_end(
    server: RunningServer,
) -> None:
    body = body_of(bytes(3 * 2**20))
    with tab(server) as slow, tab(server) as other:
        lines = [begun(server, slow, f"slow-{number}", len(body)) for number in range(3)]
        for number, line in enumerate(lines):
            line.sendall(body[: 1000 * number])  # one has sent nothing yet
        assert uploaded(server, other, "quick", b"content") == 204
        assert uploaded(server, slow, "of-the-same-tab", b"content") == 204
        for number, line in enumerate(lines):
            line.sendall(body[1000 * number :])
        assert [status_of(line) for line in lines] == [204] * 3


def test_whoever_leaves_keeps_nothing_reserved(server: RunningServer) -> None:
    with tab(server) as session:
        lines = [begun(server, session, f"left-{n}", ONE_FILE) for n in range(QUOTA // ONE_FILE)]
        assert status_of(begun(server, session, "one-more", ONE_FILE)) == 413
        for line in lines:
            line.close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while is_refused(begun(server, session, "after", ONE_FILE)):
            assert time.monotonic() < deadline


def test_no_file_is_accepted_for_an_unknown_tab(server: RunningServer) -> None:
    line = begun(server, "0" * 32, "file", 2**20)
    assert status_of(line) == 400  # though nothing of the body was sent


def test_a_file_over_the_limit_of_one_file_is_not_read(server: RunningServer) -> None:
    with tab(server) as session:
        line = begun(server, session, "file", QUOTA // 2)
        assert status_of(line) == 413


def test_what_comes_in_lies_in_no_folder(server: RunningServer) -> None:
    body = body_of(b"planted-content-7f3a" * 5000)
    with tab(server) as session:
        line = begun(server, session, "file", len(body))
        line.sendall(body[:-10])
        assert uploaded(server, session, "other", b"content") == 204  # the first has been read by
        files = [path for path in Path(server.home).rglob("*") if path.is_file()]
        assert not any(b"planted-content-7f3a" in path.read_bytes() for path in files)
        line.sendall(body[-10:])
        assert status_of(line) == 204
