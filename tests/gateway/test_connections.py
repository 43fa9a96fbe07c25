"""Connections: each wait has an end, each cap leaves room for others, and probes always get through."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import orjson
import pytest
from websockets.sync.client import connect

from core import limits
from gateway.log import Log
from gateway.server import accepting
from gateway.server.client import Proxies, client_key
from gateway.server.connections import Capacity, Connection, Connections
from tests.fix_gateway import GatewayServer

HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
QUERY = b'{"query": "{ __typename }"}'
WHOLE = HEAD + b"content-length: %d\r\n\r\n%b" % (len(QUERY), QUERY)
ATTACKER, HONEST = "127.0.0.2", "127.0.0.1"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for."""
    for name, value in {
        "HEADER_SECONDS": 1.0,
        "BODY_SECONDS": 1.5,
        "UNREAD_SECONDS": 1.0,
        "PROBE_SECONDS": 0.5,
        "CONNECTIONS": 40,
        "CONNECTIONS_OF_A_CLIENT": 10,
        "CONNECTIONS_FOR_PROBES": 4,
        "HEADER_BYTES": 20_000,
    }.items():
        monkeypatch.setattr(limits, name, value)
    monkeypatch.setattr(accepting, "SEND_BYTES", 4_096)


def connected(server: GatewayServer, address: str = ATTACKER) -> socket.socket:
    """Return a connection from that address of this machine."""
    url = httpx.URL(server.url)
    return socket.create_connection((url.host, url.port or 0), timeout=10, source_address=(address, 0))


def rest(connection: socket.socket) -> tuple[bytes, float]:
    """Read until the server ends the connection; return what it said, and after how many seconds it ended."""
    began, told = time.monotonic(), b""
    try:
        while part := connection.recv(65_536):
            told += part
    except ConnectionResetError:
        pass
    return told, time.monotonic() - began


def answered(connection: socket.socket) -> None:
    """Read a whole answer to ``WHOLE``."""
    told = b""
    while not told.endswith(b'"Query"}}'):
        told += connection.recv(65_536)
    assert told.startswith(b"HTTP/1.1 200")


def code(answer: bytes) -> tuple[int, str]:
    """Return an answer's status and the code of its error."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head[9:12]), orjson.loads(body)["errors"][0]["extensions"]["code"]


@contextmanager
def trickling(connection: socket.socket, byte: bytes) -> Iterator[None]:
    """Send a byte again and again meanwhile."""
    over = threading.Event()

    def send() -> None:
        while not over.wait(0.1):
            try:
                connection.send(byte)
            except OSError:
                return

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


def test_a_connection_that_sends_nothing_is_closed(server: GatewayServer) -> None:
    with connected(server) as connection:
        told, seconds = rest(connection)
    assert told == b""
    assert 0.9 < seconds < 4


def test_headers_that_trickle_are_answered_408(server: GatewayServer) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /graphql HTTP/1.1\r\nx-slow: ")
        with trickling(connection, b"a"):
            told, seconds = rest(connection)
    assert code(told) == (408, "TIMEOUT")
    assert 0.9 < seconds < 4


def test_headers_of_a_second_request_that_trickle_are_answered_408(server: GatewayServer) -> None:
    with connected(server) as connection:
        connection.sendall(WHOLE)
        answered(connection)
        connection.sendall(b"GET /graphql HTTP/1.1\r\nx-slow: ")
        with trickling(connection, b"a"):
            told, seconds = rest(connection)
    assert code(told) == (408, "TIMEOUT")
    assert 0.9 < seconds < 4


@pytest.mark.parametrize("path", [b"/graphql", b"/session", b"/nothing"])
def test_a_body_that_trickles_is_ended(server: GatewayServer, path: bytes) -> None:
    """Whether the application reads it or has long answered."""
    with connected(server) as connection:
        connection.sendall(HEAD.replace(b"/graphql", path) + b"content-length: 5000\r\n\r\n")
        with trickling(connection, b" "):
            told, seconds = rest(connection)
    assert told[9:12] == (b"404" if path == b"/nothing" else b"408")
    assert 1.4 < seconds < 5
    (line,) = [line for line in server.log() if line.get("path") == path.decode()]
    assert line.get("gone", False) is (path != b"/nothing")


def test_a_body_that_takes_a_moment_is_answered(server: GatewayServer) -> None:
    with connected(server) as connection:
        connection.sendall(WHOLE[:-5])
        time.sleep(1.2)
        connection.sendall(WHOLE[-5:])
        answered(connection)


# Its answer is as long as itself.
LARGE = b'{"query": "{%b}"}' % b" ".join(b"%b%d: __typename" % (b"a" * 1_000, number) for number in range(30))


def reader_of(server: GatewayServer, times: int = 10) -> socket.socket:
    """Return a connection that asked for large answers and takes in little."""
    url = httpx.URL(server.url)
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    made.settimeout(10)
    made.bind((ATTACKER, 0))
    made.connect((url.host, url.port or 0))
    made.sendall((HEAD + b"content-length: %d\r\n\r\n%b" % (len(LARGE), LARGE)) * times)
    return made


def test_an_answer_that_is_not_read_is_ended(server: GatewayServer) -> None:
    with reader_of(server) as connection:
        until = time.monotonic() + 12
        while not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            assert time.monotonic() < until
            time.sleep(0.05)
    assert [line for line in server.log() if line.get("event") == "connections" and line.get("answer_not_read")]


def test_an_answer_that_is_read_slowly_arrives_whole(server: GatewayServer) -> None:
    with reader_of(server, 3) as connection:
        told = b""
        while told.count(b'"Query"') < 90:
            told += connection.recv(4_000)
            time.sleep(0.02)


def test_unread_answers_together_have_a_limit(server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNREAD_SECONDS", 60)
    monkeypatch.setattr(limits, "UNREAD_BYTES", 50_000)
    with reader_of(server) as connection:
        until = time.monotonic() + 12
        while not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_headers_without_end_are_refused_by_their_size(server: GatewayServer) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /graphql HTTP/1.1\r\nx-long: ")
        try:
            for _ in range(200):
                connection.sendall(b"a" * 1_000)
                time.sleep(0.001)
        except OSError:
            pass
        told, _ = rest(connection)
    assert code(told) == (431, "TOO_LARGE")


def test_headers_just_below_the_size_are_served(server: GatewayServer) -> None:
    with connected(server) as connection:
        long = b"x-long: " + b"a" * 19_000 + b"\r\n"
        connection.sendall(WHOLE.replace(b"host: x\r\n", b"host: x\r\n" + long))
        answered(connection)


def test_what_is_no_request_is_answered_with_a_code(server: GatewayServer) -> None:
    with connected(server) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        told, _ = rest(connection)
    assert code(told) == (400, "BAD_REQUEST")


def test_a_client_at_its_cap_makes_room_for_its_own_whole_request(server: GatewayServer) -> None:
    """Half-open connections give way to requests, of the same client too; another client notices nothing."""
    with ExitStack() as stack:
        mine = stack.enter_context(connected(server, HONEST))
        mine.sendall(WHOLE)
        answered(mine)
        for _ in range(30):
            stack.enter_context(connected(server))
        for address in (ATTACKER, HONEST):
            asking = stack.enter_context(connected(server, address))
            asking.sendall(WHOLE)
            answered(asking)
        mine.sendall(WHOLE)
        answered(mine)


def test_connections_from_everywhere_leave_room_for_others(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEADER_SECONDS", 30)
    with ExitStack() as stack:
        for number in range(120):
            stack.enter_context(connected(server, f"127.0.{number // 8 + 1}.2"))
        for _ in range(5):
            began = time.monotonic()
            with connected(server, HONEST) as asking:
                asking.sendall(WHOLE)
                answered(asking)
            assert time.monotonic() - began < 1


def test_beyond_all_caps_probes_are_answered_and_all_else_refused(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sockets at work give way to nobody."""
    monkeypatch.setattr(limits, "CONNECTIONS", 8)
    url = server.url.replace("http", "ws") + "/graphql"
    assert server._serving.open is not None
    server._serving.open.capacity = Capacity(8, 4)
    with ExitStack() as stack:
        for number in range(8):
            socket_ = connected(server, f"127.0.{number // 4 + 1}.2")
            stack.enter_context(connect(url, sock=socket_, subprotocols=["graphql-transport-ws"], proxy=None))  # type: ignore[list-item]  # a plain text will do
        for _ in range(20):
            stack.enter_context(connected(server, "127.0.1.2"))
        for path in ("/healthz", "/readyz", "/health"):
            answer = httpx.get(server.url + path)
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        with connected(server, HONEST) as asking:
            asking.sendall(WHOLE)
            told, _ = rest(asking)
        assert code(told) == (503, "OVERLOADED")
    until = time.monotonic() + 5
    while server._serving.open.open and time.monotonic() < until:
        time.sleep(0.05)
    assert not server._serving.open.open
    assert httpx.post(f"{server.url}/graphql", json={"query": "{ __typename }"}).status_code == 200


def test_sockets_keep_their_place_and_outlive_the_timers(server: GatewayServer) -> None:
    url = server.url.replace("http", "ws") + "/graphql"
    with connect(url, subprotocols=["graphql-transport-ws"], proxy=None) as talking:  # type: ignore[list-item]  # a plain text will do
        credential = {"authorization": f"Bearer {server.token('learner')}"}
        talking.send(json.dumps({"type": "connection_init", "payload": credential}))
        assert talking.recv(5) == '{"type":"connection_ack"}'
        time.sleep(2.5)
        assert server._serving.open is not None
        assert len(server._serving.open.open) == 1
        talking.send('{"type": "ping"}')
        assert talking.recv(5) == '{"type":"pong"}'


def test_requests_sent_ahead_have_a_limit(server: GatewayServer) -> None:
    with connected(server) as connection:
        connection.sendall(WHOLE * 300)
        told, _ = rest(connection)
    assert told.count(b"HTTP/1.1 200") < 300


def test_requests_sent_ahead_within_the_limit_are_all_answered(server: GatewayServer) -> None:
    with connected(server) as connection:
        connection.sendall(WHOLE * 20 + WHOLE.replace(b"host: x", b"host: x\r\nconnection: close"))
        told, _ = rest(connection)
    assert told.count(b"HTTP/1.1 200") == 21


def test_capacity_follows_the_limit_of_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 4_000)
    monkeypatch.setattr(limits, "CONNECTIONS_OF_A_CLIENT", 500)
    monkeypatch.setattr(limits, "CONNECTIONS_FOR_PROBES", 32)
    assert Capacity.within(float("inf")) == Capacity(4_000, 500)
    assert Capacity.within(1_024) == Capacity(792, 198)
    assert Capacity.within(256) == Capacity(160, 40)
    assert Capacity.within(20) == Capacity(8, 4)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_an_address_or_a_subscriber_s_network(address: str, client: str) -> None:
    assert client_key(address) == client


def test_proxies_are_those_that_are_named() -> None:
    named = Proxies.of({"FORWARDED_ALLOW_IPS": "10.0.0.0/8, 192.0.2.1"})
    assert "10.1.2.3" in named
    assert "::ffff:192.0.2.1" in named
    assert "192.0.2.2" not in named
    assert "127.0.0.1" not in Proxies.of({})
    assert "203.0.113.9" in Proxies.of({"FORWARDED_ALLOW_IPS": "*"})


def test_a_named_proxy_may_hold_more_connections_than_a_client() -> None:
    now = 0.0
    lines: list[str] = []
    kept = Connections(
        Log(lines.append), Capacity(40, 10), lambda: now, proxies=Proxies.of({"FORWARDED_ALLOW_IPS": "10.0.0.1"})
    )

    def working(address: str) -> Connection:
        made = kept.admit(address)
        kept.note(made, None)
        return made

    assert [working("10.0.0.1").is_guest for _ in range(30)] == [False] * 30
    assert [working("10.0.0.2").is_guest for _ in range(12)] == [False] * 10 + [True] * 2
